"""Runs the YAML language server on this repository like an editor, with the settings of `.vscode`."""

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
"""A server that is still running after this time is killed, and the tests that use it fail."""
_MARKED = "textDocument/publishDiagnostics"
CURSOR = "|"
QUIET = {"schemaStore": {"enable": False}, "kubernetesCRDStore": {"enable": False}}
"""By default the server downloads schemas."""


class Mark(NamedTuple):
    """A mark in an editor: the line from 0, the marked text, and the message."""

    line: int
    text: str
    message: str


class LanguageServer:
    """A running server. In a text for a request at a place, `|` is the cursor."""

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
        self._request("initialize", {"processId": None, "capabilities": can, "workspaceFolders": [folder]})
        self._notify("initialized", {})
        settings = json.loads((ROOT / ".vscode" / "settings.json").read_text(encoding="utf-8"))
        schemas = {(ROOT / name).as_uri(): globs for name, globs in settings["yaml.schemas"].items()}
        self._settings = {"yaml": {**QUIET, "schemas": schemas, "completion": True, "hover": True}}
        self._notify("workspace/didChangeConfiguration", {"settings": self._settings})

    def marks(self, text: str, name: str = "scenarios/catalog/x.yaml") -> list[Mark]:
        """Return the marks in a file of this name."""
        (found,) = self.marks_of([text], name)
        return found

    def marks_of(self, texts: Iterable[str], name: str = "scenarios/catalog/x.yaml") -> list[list[Mark]]:
        """Return the marks in several files, opened together, because the server waits before each check."""
        opened = {self._open(text, name): text for text in texts}
        found: dict[str, list[Mark]] = {}
        while found.keys() != opened.keys():
            message = self._next()
            uri = message["params"]["uri"] if message.get("method") == _MARKED else None
            if uri in opened:
                found[uri] = [_mark(mark, opened[uri]) for mark in message["params"]["diagnostics"]]
        return [found[uri] for uri in opened]

    def completions(self, text: str, name: str = "scenarios/catalog/x.yaml") -> dict[str, str]:
        """Return the words suggested at the cursor, each with its documentation."""
        answer = self._at("completion", text, name) or []
        items = answer["items"] if isinstance(answer, dict) else answer
        return {item["label"]: _prose(item.get("documentation") or "") for item in items}

    def hover(self, text: str, name: str = "scenarios/catalog/x.yaml") -> str:
        """Return the documentation of the word at the cursor."""
        answer = self._at("hover", text, name)
        return _prose(answer["contents"]) if answer else ""

    def _at(self, method: str, text: str, name: str) -> Any:
        before, _, after = text.partition(CURSOR)
        uri = self._open(before + after, name)
        place = {"line": before.count("\n"), "character": len(before.rpartition("\n")[2])}
        return self._request(f"textDocument/{method}", {"textDocument": {"uri": uri}, "position": place})

    def _open(self, text: str, name: str) -> str:
        """Open a file that does not exist, in the folder of the file `name`; return its URI."""
        path = ROOT / name
        uri = path.with_name(f"{path.stem}-{next(self._files)}{''.join(path.suffixes)}").as_uri()
        document = {"uri": uri, "languageId": "yaml", "version": 1, "text": text}
        self._notify("textDocument/didOpen", {"textDocument": document})
        return uri

    def _request(self, method: str, params: Any) -> Any:
        number = next(self._ids)
        self._send({"id": number, "method": method, "params": params})
        while True:
            message = self._next()
            if message.get("id") == number and "method" not in message:
                assert "error" not in message, message["error"]
                return message["result"]

    def _notify(self, method: str, params: Any) -> None:
        self._send({"method": method, "params": params})

    def _next(self) -> dict[str, Any]:
        """Return the next message; answer it if it is a request."""
        assert self._process.stdout is not None
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            byte = self._process.stdout.read(1)
            assert byte, "the language server has ended"
            head += byte
        length = next(line for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:"))
        message: dict[str, Any] = json.loads(self._process.stdout.read(int(length.partition(b":")[2])))
        if "id" in message and "method" in message:
            self._send({"id": message["id"], "result": self._answer(message)})
        return message

    def _answer(self, asked: dict[str, Any]) -> Any:
        if asked["method"] != "workspace/configuration":
            return None
        return [self._settings.get(item.get("section") or "") for item in asked["params"]["items"]]

    def _send(self, message: dict[str, Any]) -> None:
        assert self._process.stdin is not None
        content = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self._process.stdin.write(b"Content-Length: %d\r\n\r\n%b" % (len(content), content))
        self._process.stdin.flush()


def _prose(content: Any) -> str:
    return str(content["value"] if isinstance(content, dict) else content)


def _mark(found: dict[str, Any], text: str) -> Mark:
    begin, end = found["range"]["start"], found["range"]["end"]
    line = text.splitlines()[begin["line"]] if text else ""
    stop = end["character"] if end["line"] == begin["line"] else len(line)
    return Mark(begin["line"], line[begin["character"] : stop], found["message"])


@contextmanager
def language_server() -> Iterator[LanguageServer]:
    """Yield a server with the settings of the repository, and stop it afterwards."""
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
