"""The YAML language server, as an editor runs it on this repository: its settings are those of `.vscode`."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parents[2]
SERVER = (
    Path(sys.prefix) / "editor" / "node_modules" / "yaml-language-server" / "bin" / "yaml-language-server"
)
LONGEST_S = 60
"""A server that has not ended by then is killed, and what waits for it fails."""
_MARKED = "textDocument/publishDiagnostics"
CURSOR = "|"
QUIET = {"schemaStore": {"enable": False}, "kubernetesCRDStore": {"enable": False}}
"""Of itself the server would look for schemas elsewhere."""


class Mark(NamedTuple):
    """What an editor underlines: the line from 0, the text there, and what is said about it."""

    line: int
    text: str
    message: str


class LanguageServer:
    """A running server. A text has one cursor, the sign `|`, where something is asked at a place."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self._process = process
        self._ids, self._files = count(1), count(1)
        self._settings = {"yaml": QUIET}

    def begin(self) -> None:
        can: dict[str, Any] = {
            "textDocument": {
                "completion": {"completionItem": {"documentationFormat": ["markdown"]}},
                "hover": {"contentFormat": ["markdown"]},
                "publishDiagnostics": {},
            },
            "workspace": {"configuration": True, "workspaceFolders": True},
        }
        folder = {"uri": ROOT.as_uri(), "name": "hubsim"}
        self._ask("initialize", {"processId": None, "capabilities": can, "workspaceFolders": [folder]})
        self._say("initialized", {})
        settings = json.loads((ROOT / ".vscode" / "settings.json").read_text(encoding="utf-8"))
        schemas = {(ROOT / name).as_uri(): globs for name, globs in settings["yaml.schemas"].items()}
        self._settings = {"yaml": {**QUIET, "schemas": schemas, "completion": True, "hover": True}}
        self._say("workspace/didChangeConfiguration", {"settings": self._settings})

    def marks(self, text: str, name: str = "scenarios/catalog/x.yaml") -> list[Mark]:
        """Return what is marked in a file of this name."""
        (found,) = self.marks_of([text], name)
        return found

    def marks_of(self, texts: Iterable[str], name: str = "scenarios/catalog/x.yaml") -> list[list[Mark]]:
        """Return what is marked in several files, opened at once: the server waits before it looks at one."""
        opened = {self._open(text, name): text for text in texts}
        found: dict[str, list[Mark]] = {}
        while found.keys() != opened.keys():
            said = self._next()
            uri = said["params"]["uri"] if said.get("method") == _MARKED else None
            if uri in opened:
                found[uri] = [_mark(mark, opened[uri]) for mark in said["params"]["diagnostics"]]
        return [found[uri] for uri in opened]

    def proposals(self, text: str, name: str = "scenarios/catalog/x.yaml") -> dict[str, str]:
        """Return the words that are proposed at the cursor, each with what is said about it."""
        answer = self._at("completion", text, name) or []
        items = answer["items"] if isinstance(answer, dict) else answer
        return {item["label"]: _prose(item.get("documentation") or "") for item in items}

    def hover(self, text: str, name: str = "scenarios/catalog/x.yaml") -> str:
        """Return what is shown over the word under the cursor."""
        answer = self._at("hover", text, name)
        return _prose(answer["contents"]) if answer else ""

    def _at(self, asked: str, text: str, name: str) -> Any:
        before, _, after = text.partition(CURSOR)
        uri = self._open(before + after, name)
        place = {"line": before.count("\n"), "character": len(before.rpartition("\n")[2])}
        return self._ask(f"textDocument/{asked}", {"textDocument": {"uri": uri}, "position": place})

    def _open(self, text: str, name: str) -> str:
        """Open a file that is on no disk, beside the one of this name; return its URI."""
        path = ROOT / name
        uri = path.with_name(f"{path.stem}-{next(self._files)}{''.join(path.suffixes)}").as_uri()
        document = {"uri": uri, "languageId": "yaml", "version": 1, "text": text}
        self._say("textDocument/didOpen", {"textDocument": document})
        return uri

    def _ask(self, method: str, params: Any) -> Any:
        number = next(self._ids)
        self._send({"id": number, "method": method, "params": params})
        while True:
            said = self._next()
            if said.get("id") == number and "method" not in said:
                assert "error" not in said, said["error"]
                return said["result"]

    def _say(self, method: str, params: Any) -> None:
        self._send({"method": method, "params": params})

    def _next(self) -> dict[str, Any]:
        """Return the next message; what the server asks is answered by the way."""
        assert self._process.stdout is not None
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            byte = self._process.stdout.read(1)
            assert byte, "the language server has ended"
            head += byte
        length = next(line for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:"))
        said: dict[str, Any] = json.loads(self._process.stdout.read(int(length.partition(b":")[2])))
        if "id" in said and "method" in said:
            self._send({"id": said["id"], "result": self._answer(said)})
        return said

    def _answer(self, asked: dict[str, Any]) -> Any:
        if asked["method"] != "workspace/configuration":
            return None
        return [self._settings.get(item.get("section") or "") for item in asked["params"]["items"]]

    def _send(self, message: dict[str, Any]) -> None:
        assert self._process.stdin is not None
        content = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self._process.stdin.write(b"Content-Length: %d\r\n\r\n%b" % (len(content), content))
        self._process.stdin.flush()


def _prose(said: Any) -> str:
    return str(said["value"] if isinstance(said, dict) else said)


def _mark(found: dict[str, Any], text: str) -> Mark:
    begin, end = found["range"]["start"], found["range"]["end"]
    line = text.splitlines()[begin["line"]] if text else ""
    stop = end["character"] if end["line"] == begin["line"] else len(line)
    return Mark(begin["line"], line[begin["character"] : stop], found["message"])


@contextmanager
def language_server() -> Iterator[LanguageServer]:
    """Yield a server that knows the settings of the repository; it is ended afterwards."""
    assert SERVER.is_file(), f"{SERVER} is not there; run: make editor"
    process = subprocess.Popen(  # noqa: S603 (the pinned server)
        ["node", str(SERVER), "--stdio"],  # noqa: S607 (any node)
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    end = threading.Timer(LONGEST_S, process.kill)
    end.start()
    with process:
        try:
            server = LanguageServer(process)
            server.begin()
            yield server
        finally:
            end.cancel()
            process.kill()
