"""A mail server on a real socket that refuses some of its recipients, as one does that knows its users."""

from __future__ import annotations

import socketserver
import threading


class MailSink:
    """`taken`: to whom each mail that was accepted went; `asked`: every recipient that was named."""

    def __init__(self, *, refuses: set[str]) -> None:
        self.refuses = refuses
        self.asked: list[str] = []
        self.taken: list[tuple[str, ...]] = []
        sink = self

        class Session(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                self._say("220 sink")
                to: list[str] = []
                while line := self.rfile.readline().decode().strip():
                    verb = line[:4].upper()
                    if verb == "RCPT":
                        address = line.partition("<")[2].partition(">")[0]
                        sink.asked.append(address)
                        if address in sink.refuses:
                            self._say("550 no such user")
                            continue
                        to.append(address)
                    elif verb == "DATA":
                        self._say("354 go on")
                        while self.rfile.readline() != b".\r\n":
                            pass
                        sink.taken.append(tuple(to))
                    elif verb in ("MAIL", "RSET"):
                        to = []
                    self._say("221 bye" if verb == "QUIT" else "250 ok")
                    if verb == "QUIT":
                        return

            def _say(self, text: str) -> None:
                self.wfile.write(f"{text}\r\n".encode())

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True

        self._server = Server(("127.0.0.1", 0), Session)
        self.port = int(self._server.server_address[1])
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def url(self, *recipients: str) -> str:
        return f"mailto://127.0.0.1:{self.port}?from=leadline@example.com&mode=insecure&to={','.join(recipients)}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
