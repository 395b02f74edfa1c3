"""Gzip of answers: files once per process at the highest level (cached), pages each time at the lowest. docs/DECISIONS.md says why."""

from __future__ import annotations

import gzip

from flask import Flask, Response, request

from ..base.caches import Cache

FILE_TYPES = frozenset({"text/css", "text/javascript", "application/javascript", "image/svg+xml"})
MIN_SIZE = 1000  # below this the saving is lost in the headers
PAGE_LEVEL, FILE_LEVEL = 1, 9
# By entity tag, which Flask makes of the file's name, time and size, so there is one entry a file.
_files: Cache[bytes] = Cache("compressed files by entity tag", 500, is_of_code=True)


def register(app: Flask) -> None:
    """Compress answers as the last step, for clients that ask for it. Call before any other hook: Flask runs the first one last."""
    app.after_request(compress)


def compress(response: Response) -> Response:
    """Return the answer, compressed if it is a file or a page, the client accepts gzip and no other site asked for it."""
    if request.method != "GET" or response.status_code != 200 or "Content-Encoding" in response.headers:
        return response
    if request.path.startswith("/static/"):
        return _compress_file(response) if response.mimetype in FILE_TYPES else response
    if response.mimetype == "text/html" and not response.is_streamed:
        _compress_page(response)
    return response


def _compress_file(response: Response) -> Response:
    response.vary.add("Accept-Encoding")
    tag, _is_weak = response.get_etag()
    if not _reads_gzip() or tag is None or (response.content_length or 0) < MIN_SIZE:
        return response
    packed = _files.find(tag)
    if packed is None:
        response.direct_passthrough = False
        packed = _files.keep(tag, gzip.compress(response.get_data(), FILE_LEVEL, mtime=0))
    else:
        response.close()  # the file that Flask has opened is not read
    response.direct_passthrough = False
    _replace_body(response, packed)
    response.set_etag(tag, weak=True)  # the same content in other bytes
    response.headers.pop("Accept-Ranges", None)
    return response


def _compress_page(response: Response) -> None:
    response.vary.add("Accept-Encoding")
    if not _reads_gzip() or not _is_asked_from_here():
        return
    body = response.get_data()
    if len(body) >= MIN_SIZE:
        _replace_body(response, gzip.compress(body, PAGE_LEVEL, mtime=0))


def _reads_gzip() -> bool:
    return request.accept_encodings.quality("gzip") > 0


def _is_asked_from_here() -> bool:
    """Tell whether the page was asked for by our own pages or by hand.

    A foreign page that could make a browser fetch ours again and again, with guesses in the address, would read
    secrets from the compressed length (BREACH). Browsers name the requesting site on HTTPS (Fetch Metadata); old ones, which do
    not, get the plain page.
    """
    site = request.headers.get("Sec-Fetch-Site")
    return site in {"same-origin", "none"} if site is not None else not request.is_secure


def _replace_body(response: Response, packed: bytes) -> None:
    response.set_data(packed)  # sets the length
    response.headers["Content-Encoding"] = "gzip"
