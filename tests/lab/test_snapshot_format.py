"""The file of a snapshot: read back as it was written, and refused when anything in it is different."""

import gzip
import hashlib
import io
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hubsim_cloud.domain.settings import CloudSettings
from hubsim_cloud.lab.errors import BadRequest
from hubsim_cloud.lab.records import SimulatedSide, SnapshotRow
from hubsim_cloud.lab.snapshot_file import PART_BYTES_MAX, read_snapshot_file, write_snapshot_file
from hubsim_cloud.lab.snapshot_store import BENCH, DATABASE, FAULTS, SavedFaults
from hubsim_cloud.service.migrations import SCHEMA
from hubsim_cloud.service.passwords import Hashing, Passwords, is_usable_hash
from hubsim_cloud.service.portable_database import EMPTIED, PASSWORDS
from hubsim_contract.lab.faults import Drop, MessageFaultStatus
from hubsim_contract.lab.protocol import SavedBench
from hubsim_contract.wire.topics import MessageKind

FIXTURES = Path(__file__).parent.parent / "fixtures"
ROW = SnapshotRow(
    name="half-way",
    world="spring",
    world_ms=1_768_464_000_000,
    saved_ms=1_768_464_000_000,
    settings=CloudSettings(),
    simulated=SimulatedSide(carrier={"activation_delay_ms": 5}),
)
CARRIED = {"facts", "fact_pages", "devices", "hub_events", "hub_event_pages", PASSWORDS, "meta"}
"""The tables that a file has rows of."""
CREDENTIAL = b'{"person":"p","email":"a","password_hash":"x"}'
Json = dict[str, Any]


def written(folder: Path, *, schema: int = 2, passwords: bool = False) -> bytes:
    """Return the file of a snapshot whose cloud has a history."""
    folder.mkdir(parents=True)
    shutil.copyfile(FIXTURES / f"cloud-schema-{schema}.db", folder / DATABASE)
    (folder / BENCH).write_bytes(msgspec.json.encode(SavedBench(faults=(ARMED,))))
    target = io.BytesIO()
    write_snapshot_file(folder, target, ROW, passwords=passwords)
    return target.getvalue()


ARMED = MessageFaultStatus(
    id="5e982473", fault=Drop(message=MessageKind.DESIRED, count=3), armed_ms=ROW.world_ms, left=2
)


def read(content: bytes, folder: Path) -> SnapshotRow:
    """Return the snapshot of a file; its parts are in `folder` then."""
    folder.mkdir(exist_ok=True)
    file = folder / "file"
    file.write_bytes(content)
    return read_snapshot_file(file, folder)


def refused(content: bytes, folder: Path) -> str:
    """Return why a file is refused."""
    with pytest.raises(BadRequest) as refusal:
        read(content, folder)
    assert refusal.value.name == "bad_snapshot_file"
    return str(refusal.value)


def packed(content: bytes) -> bytes:
    """Return bytes as a gzip file, always the same one."""
    return gzip.compress(content, mtime=0)


def rewritten(content: bytes, change: Callable[[Json, dict[str, bytes]], None]) -> bytes:
    """Return a file with changes; sizes and digests of the changed parts are right."""
    line, _, rest = gzip.decompress(content).partition(b"\n")
    header, parts = msgspec.json.decode(line), {}
    for part in header["parts"]:
        parts[part["name"]], rest = rest[: part["size_bytes"]], rest[part["size_bytes"] :]
    before = dict(parts)
    change(header, parts)
    for part in header["parts"]:
        data = parts.get(part["name"], b"")
        if data != before.get(part["name"]):
            part |= {"size_bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    return packed(msgspec.json.encode(header) + b"\n" + b"".join(parts.values()))


def with_sql(folder: Path, content: bytes, *statements: str) -> bytes:
    """Return a file whose database was changed by someone who knows the format."""

    def change(_header: Json, parts: dict[str, bytes]) -> None:
        file = folder / "changed.db"
        file.write_bytes(parts[DATABASE])
        with closing(sqlite3.connect(file, isolation_level=None)) as connection:
            for statement in statements:
                connection.execute(statement)
        parts[DATABASE] = file.read_bytes()

    return rewritten(content, change)


# ------------------------------------------------------------------ what a file has


@pytest.mark.parametrize("schema", range(1, len(SCHEMA.steps) + 1))
def test_a_file_has_the_whole_snapshot_also_of_an_older_schema(tmp_path: Path, schema: int) -> None:
    row = read(written(tmp_path / "saved", schema=schema), tmp_path / "read")

    bench = msgspec.json.decode((tmp_path / "read" / BENCH).read_bytes(), type=SavedBench)
    assert (row, bench.faults) == (ROW, (ARMED,))
    assert facts_of(tmp_path / "read" / DATABASE) == facts_of(tmp_path / "saved" / DATABASE)
    assert msgspec.json.decode((tmp_path / "read" / FAULTS).read_bytes(), type=SavedFaults) == SavedFaults()


def facts_of(database: Path) -> list[Any]:
    with closing(sqlite3.connect(database)) as connection:
        return connection.execute("SELECT * FROM facts ORDER BY position").fetchall()


def test_a_file_of_the_same_snapshot_has_the_same_header(tmp_path: Path) -> None:
    first, second = (gzip.decompress(written(tmp_path / name)).split(b"\n")[0] for name in ("a", "b"))

    assert first == second


def test_rows_with_secrets_are_not_in_the_bytes_of_a_file(tmp_path: Path) -> None:
    secrets = (b"argon2:no hash of anything", b"token_hash", b"fingerprint")
    assert all(secret in (FIXTURES / "cloud-schema-2.db").read_bytes() for secret in secrets)

    content = gzip.decompress(written(tmp_path / "saved"))
    with_passwords = gzip.decompress(written(tmp_path / "too", passwords=True))

    assert b"argon2:no hash of anything" not in content
    assert b"argon2:no hash of anything" in with_passwords
    for found in (content, with_passwords):
        assert b'"token_hash":' not in found
        assert b'"fingerprint":' not in found


def test_each_table_of_the_schema_either_stays_on_the_server_or_is_carried() -> None:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        for version in range(len(SCHEMA.steps)):
            connection.executescript(SCHEMA.script(version))
        tables = {
            name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        }

    assert tables == CARRIED | set(EMPTIED)


# ------------------------------------------------------------------ files that are refused


@pytest.fixture(scope="module")
def content(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The file of a snapshot."""
    return written(tmp_path_factory.mktemp("snapshot") / "saved")


@pytest.mark.parametrize(
    ("other", "text"),
    [
        (b"", "it is not the file of a snapshot"),
        (b"scenario: A world file\n", "it is not the file of a snapshot"),
        (b"\x1f\x8b", "it is damaged"),
        (packed(b""), "its header cannot be read"),
        (packed(b"not JSON\n"), "its header cannot be read"),
        (packed(b"[" * 100_000 + b"\n"), "its header cannot be read"),
        (packed(b'{"format":"\xff","version":1}\n'), "its header cannot be read"),
        (packed(b'{"format":"tar","version":1}\n'), "its format is 'tar'"),
        (packed(b'{"format":"hubsim-snapshot","version":2}\n'), "use a newer hubsim"),
        (packed(b'{"format":"hubsim-snapshot","version":0}\n'), "save it again"),
        (packed(b'{"format":"hubsim-snapshot","version":1}\n'), "missing required field"),
    ],
)
def test_another_file_is_refused_with_the_reason(tmp_path: Path, other: bytes, text: str) -> None:
    assert text in refused(other, tmp_path / "read")


def set_size(header: Json, _parts: dict[str, bytes]) -> None:
    header["parts"][0]["size_bytes"] += 1


def set_huge_size(header: Json, _parts: dict[str, bytes]) -> None:
    header["parts"][0]["size_bytes"] = PART_BYTES_MAX[DATABASE] + 1


def set_digest(header: Json, _parts: dict[str, bytes]) -> None:
    header["parts"][1]["sha256"] = "0" * 64


def add_path(header: Json, parts: dict[str, bytes]) -> None:
    header["parts"].append({"name": "../cloud.db", "size_bytes": 0, "sha256": hashlib.sha256().hexdigest()})
    parts["../cloud.db"] = b""


def repeat_part(header: Json, _parts: dict[str, bytes]) -> None:
    header["parts"].append(header["parts"][0])


def drop_bench(header: Json, parts: dict[str, bytes]) -> None:
    header["parts"] = [part for part in header["parts"] if part["name"] != BENCH]
    del parts[BENCH]


def add_bytes(_header: Json, parts: dict[str, bytes]) -> None:
    parts["after the last part"] = b"more"


def break_bench(_header: Json, parts: dict[str, bytes]) -> None:
    parts[BENCH] = b'{"hubs":[{"id":"0000AA01"}]}'


def arm_nothing(_header: Json, parts: dict[str, bytes]) -> None:
    parts[BENCH] = parts[BENCH].replace(b'"left":2', b'"left":0')


def set_clock(header: Json, _parts: dict[str, bytes]) -> None:
    header["snapshot"]["world_ms"] = 2**60


def break_database(_header: Json, parts: dict[str, bytes]) -> None:
    data = parts[DATABASE]
    parts[DATABASE] = data[:8192] + b"\xff" * 512 + data[8704:]


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (set_size, "is damaged: its SHA-256"),
        (set_huge_size, "at most 1073741824 are allowed"),
        (set_digest, "bench.json is damaged: its SHA-256"),
        (add_path, "does not have the parts of a snapshot"),
        (repeat_part, "does not have the parts of a snapshot"),
        (drop_bench, "does not have the parts of a snapshot"),
        (add_bytes, "it is longer than its header says"),
        (break_bench, "bench.json cannot be read"),
        (arm_nothing, "bench.json cannot be read"),
        (set_clock, "its header cannot be read: Expected `int` <="),
        (break_database, "cloud.db"),
    ],
)
def test_a_file_with_one_change_is_refused_with_the_reason(
    tmp_path: Path, content: bytes, change: Callable[[Json, dict[str, bytes]], None], text: str
) -> None:
    assert text in refused(rewritten(content, change), tmp_path / "read")


@pytest.mark.parametrize(
    ("statements", "text"),
    [
        (
            ["CREATE TRIGGER more AFTER INSERT ON facts BEGIN DELETE FROM devices; END"],
            "not the database of a hubsim cloud",
        ),
        (["CREATE VIEW more AS SELECT * FROM facts"], "not the database of a hubsim cloud"),
        (["DROP TABLE kept"], "not the database of a hubsim cloud"),
        (["PRAGMA user_version = 99"], "has schema 99, this program supports up to"),
        (["DELETE FROM facts WHERE position = 3"], "fact 3 is missing"),
        (["UPDATE facts SET fact = x'00' WHERE position = 3"], "fact 3 cannot be read"),
        (
            ["UPDATE facts SET fact = (SELECT fact FROM facts WHERE position = 40)"],
            "do not follow each other",
        ),
        (["INSERT INTO sessions VALUES ('a', 1, x'7b7d')"], "rows in the table sessions"),
        (["INSERT INTO meta VALUES ('clock', x'7b7d')"], "has a value 'clock'"),
        (["INSERT INTO meta VALUES ('boot', CAST('many' AS BLOB))"], "has a value 'boot'"),
        (
            [f"INSERT INTO credentials VALUES ('a', x'{CREDENTIAL.hex()}')"],  # noqa: S608 (a constant)
            "is not argon2id",
        ),
    ],
)
def test_a_database_that_no_server_would_write_is_refused(
    tmp_path: Path, content: bytes, statements: list[str], text: str
) -> None:
    changed = with_sql(tmp_path, content, "PRAGMA writable_schema = OFF", *statements)

    assert text in refused(changed, tmp_path / "read")


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_a_damaged_file_is_refused_or_gives_the_same_snapshot(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(content) - 1), "place")
    is_cut, byte = data.draw(st.booleans(), "cut"), data.draw(st.integers(0, 255), "byte")
    changed = content[:place] if is_cut else content[:place] + bytes([byte]) + content[place + 1 :]

    try:
        row = read(changed, tmp_path_factory.mktemp("read"))
    except BadRequest:
        row = None

    assert row in (None, ROW)
    assert row is None or not is_cut


# ------------------------------------------------------------------ hashes of passwords


async def test_a_hash_of_this_program_is_usable_by_another_server() -> None:
    cheap = Hashing(memory_kib=8, passes=1)

    assert is_usable_hash(await Passwords(cheap).hash("correct horse"))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "argon2:hash",
        "$argon2i$v=19$m=8,t=1,p=1$AAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA",
        "$argon2id$v=19$m=999999999,t=1,p=1$AAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA",
        "$argon2id$v=19$m=8,t=1,p=1$A$AAAAAAAAAAAAAAAAAAAAAA",
        "$argon2id$v=19$m=8,t=1,p=1$AAAAAAAAAAA$" + "A" * 600,
    ],
)
def test_a_hash_that_costs_too_much_or_has_another_form_is_not_usable(text: str) -> None:
    assert not is_usable_hash(text)
