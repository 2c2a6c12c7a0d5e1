"""The pages of the console: found by their path alone, with headers that keep other hosts out."""

from pathlib import Path

import pytest
from console_server import ConsoleServer, serving_console

from hubsim_cloud.http.problems import Problem
from hubsim_console.data_files import PAGES
from hubsim_console.static_files import CHECKED, FOREVER, StaticFiles

HASHED = "assets/index-5BelKJQi.js"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    pages = tmp_path / "pages"
    (pages / "assets").mkdir(parents=True)
    (pages / "index.html").write_text("<!doctype html>")
    (pages / HASHED).write_text("let a;")
    (pages / ".secret").write_text("no")
    (tmp_path / "outside.html").write_text("no")
    (pages / "link.html").symlink_to(tmp_path / "outside.html")
    return pages


def test_the_index_is_checked_each_time(folder: Path) -> None:
    response = StaticFiles(folder).response("", None)

    assert response.body == b"<!doctype html>"
    assert response.headers["cache-control"] == CHECKED
    assert response.media_type == "text/html"


def test_a_file_with_a_hash_in_its_name_is_kept_forever(folder: Path) -> None:
    response = StaticFiles(folder).response(HASHED, None)

    assert response.headers["cache-control"] == FOREVER
    assert response.media_type == "text/javascript"


def test_a_file_that_the_client_has_is_not_sent_again(folder: Path) -> None:
    files = StaticFiles(folder)
    tag = files.response("", None).headers["etag"]

    again = files.response("", f'"other", W/{tag}')

    assert (again.status_code, again.body) == (304, b"")
    assert again.headers["etag"] == tag


def test_a_file_that_was_saved_is_read_again(folder: Path) -> None:
    files = StaticFiles(folder)
    tag = files.response("", None).headers["etag"]

    (folder / "index.html").write_text("<!doctype html><title>new</title>")

    assert files.response("", tag).status_code == 200


@pytest.mark.parametrize(
    "path",
    ["x.js", "assets", "assets/", "/index.html", "../outside.html", "assets/../index.html", ".secret",
     "link.html", "a\0b", "..\\outside.html", "index.html/x", "x" * 5_000],
)  # fmt: skip
def test_nothing_else_is_found(folder: Path, path: str) -> None:
    with pytest.raises(Problem) as raised:
        StaticFiles(folder).response(path, None)

    assert raised.value.name == "not_found"


def test_the_built_index_needs_no_script_or_style_in_the_page() -> None:
    page = (PAGES / "index.html").read_text()

    assert "<style" not in page
    assert " style=" not in page
    assert "<script>" not in page
    assert "http://" not in page
    assert "https://" not in page


@pytest.mark.live
async def test_the_console_is_on_the_port_of_the_cloud(server: ConsoleServer) -> None:
    entered = await server.client.get("/console")
    index = await server.client.get("/console/")
    head = await server.client.head("/console/")

    assert (entered.status_code, entered.headers["location"]) == (308, "/console/")
    assert index.text == (PAGES / "index.html").read_text()
    assert (head.status_code, head.content, head.headers["etag"]) == (200, b"", index.headers["etag"])


@pytest.mark.live
async def test_the_pages_may_load_their_own_files_only(server: ConsoleServer) -> None:
    for path in ("", "config.json", "story.json", "x.js"):
        headers = (await server.client.get(f"/console/{path}")).headers
        policy = {
            name: sources
            for name, _, sources in (
                part.strip().partition(" ") for part in headers["content-security-policy"].split(";")
            )
        }

        assert policy["default-src"] == "'none'"
        assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
        assert policy["frame-ancestors"] == "'none'"
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.live
async def test_an_unknown_path_is_a_problem_as_everywhere(server: ConsoleServer) -> None:
    missing = await server.client.get("/console/x.js")
    posted = await server.client.post("/console/")
    world = (await server.send("POST", "/lab/worlds", {}))["name"]
    inside = await server.client.get(f"/worlds/{world}/console/")

    assert (missing.status_code, missing.json()["name"]) == (404, "not_found")
    assert (posted.status_code, posted.headers["allow"]) == (405, "GET, HEAD")
    assert (inside.status_code, inside.json()["name"]) == (404, "not_found")


@pytest.mark.live
async def test_the_pages_are_not_part_of_the_api(server: ConsoleServer) -> None:
    paths = (await server.send("GET", "/openapi.json"))["paths"]

    assert not [path for path in paths if path.startswith("/console")]
    assert "/lab/plays/{play}/report" in paths


@pytest.mark.live
async def test_the_config_names_what_the_server_has(tmp_path: Path) -> None:
    async with serving_console(tmp_path, lab=False, language="pl", start="#/demo") as server:
        config = await server.send("GET", "/console/config.json")

        assert {name: config[name] for name in ("lab", "language", "start", "world")} == {
            "lab": False,
            "language": "pl",
            "start": "#/demo",
            "world": "",
        }
        assert (await server.client.get("/console/")).status_code == 200
        assert (await server.client.get("/lab/plays")).status_code == 404
