"""Opens a file of readings, finds out its form, and walks through its values."""

import gzip
import io
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from airq_cron.domain.measurement import Origin
from airq_cron.errors import ImportFileError
from airq_cron.ports import FileRow
from airq_cron.providers.airparif import AirparifForm
from airq_cron.providers.csv_line import LONGEST_LINE, TOO_LONG, CsvForm, split_line
from airq_cron.providers.openaq_csv import OpenAqForm
from airq_cron.providers.uci_beijing import UciBeijingForm

FORMS: dict[str, type[CsvForm]] = {
    form.id: form for form in (AirparifForm, UciBeijingForm, OpenAqForm)
}
DAMAGED = "compressed data damaged or cut off"
GZIP_MAGIC = b"\x1f\x8b"
UTF8_MARK = b"\xef\xbb\xbf"
SHOWN_STATIONS = 20
NAIVE_TIME = frozenset({"datetime", "date.local", "timestamp"})

# A line number, and its bytes or the reason why there are none.
Line = tuple[int, bytes | str]


class ReadingsFile:
    """
    A file of readings that is open; a context manager.

    Attributes:
        form: which of the known forms it has.
        station: the one station whose values `rows` gives, if it names any.
        size: its bytes on disk, for progress.
    """

    def __init__(
        self,
        source: Path | BinaryIO,
        *,
        form: str | None = None,
        station: str | None = None,
        largest: bool = False,
    ) -> None:
        """
        Open *source*, plain or gzip, a path or a stream that can seek.

        Args:
            form: refuse the file unless it has this form; else the header decides.
            station: read this station only; needed where the file holds several.
            largest: without *station*, read the one with the most lines.

        Raises:
            ImportFileError: it cannot be read, has no known form, or holds several
                stations of which none was chosen.
        """
        with ExitStack() as stack:
            try:
                if isinstance(source, Path):
                    self._raw: BinaryIO = stack.enter_context(source.open("rb"))
                else:
                    self._raw = source
                self.size = self._raw.seek(0, io.SEEK_END)
                self._rewind()
            except (OSError, ValueError) as error:
                raise ImportFileError(f"cannot read the file: {error}") from error
            self.form = self._begin(form)
            self.station = self._choose_station(station, largest=largest)
            self._stack = stack.pop_all()

    def __enter__(self) -> Self:
        """Return the file itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the file if it was opened here."""
        self._stack.close()

    @property
    def provider(self) -> str:
        """The id under which its values are stored."""
        return self.form.id

    @property
    def origin(self) -> Origin:
        """Where its values come from."""
        return self.form.origin

    @property
    def position(self) -> int:
        """Bytes of the file, as it lies on disk, that were taken so far."""
        return 0 if self._raw.closed else self._raw.tell()

    def rows(self) -> Iterator[FileRow]:
        """
        Walk through the values from the first line, lazily, line by line.

        Every line that is not blank gives at least one row. Damage gives rows with
        a reason and never an error; the good lines after it are given.

        Raises:
            ImportFileError: the disk failed.
        """
        for line, cells in self._data_lines():
            if isinstance(cells, str):
                yield FileRow(line, None, cells)
                continue
            if self._belongs_elsewhere(cells):
                yield FileRow(line)
                continue
            for found in self.form.read(cells):
                if isinstance(found, str):
                    yield FileRow(line, None, found)
                else:
                    yield FileRow(line, found)

    def _rewind(self) -> None:
        self._raw.seek(0)
        magic = self._raw.read(2)
        self._raw.seek(0)
        self._stream: BinaryIO | gzip.GzipFile = (
            gzip.GzipFile(fileobj=self._raw, mode="rb")
            if magic == GZIP_MAGIC
            else self._raw
        )

    def _begin(self, wanted: str | None) -> CsvForm:
        """Read the head of the file and return its form, ready for its lines."""
        head = next(_lines(self._stream), (1, b""))[1]
        if isinstance(head, str):
            raise ImportFileError(f"cannot read the header: {head}")
        head = head.removeprefix(UTF8_MARK)
        for form in FORMS.values():
            header = split_line(head, form.separator)
            if not isinstance(header, str) and form.recognises(header):
                break
        else:
            raise ImportFileError(_unknown_form(head))
        if wanted not in {None, form.id}:
            raise ImportFileError(f"the header is that of {form.id}, not of {wanted}")
        prelude = [
            cells
            for _, raw in zip(range(form.prelude), _lines(self._stream), strict=False)
            if not isinstance(raw[1], str)
            and not isinstance(cells := split_line(raw[1], form.separator), str)
        ]
        return form(header, prelude)

    def _data_lines(self) -> Iterator[tuple[int, list[str] | str]]:
        self._rewind()
        separator = self.form.separator
        first = 1 + self.form.prelude
        for number, raw in _lines(self._stream):
            if number <= first:
                continue
            cells = raw if isinstance(raw, str) else split_line(raw, separator)
            if cells:
                yield number, cells

    def _choose_station(self, wanted: str | None, *, largest: bool) -> str | None:
        """Return the station to read; refuse a choice that is missing or void."""
        self._stations = found = self._count_stations()
        if wanted is not None and wanted not in found:
            raise ImportFileError(
                f"no station {wanted!r} in the file; it holds {_shown(found)}"
            )
        if wanted is None and largest and found:
            return found.most_common(1)[0][0]
        if wanted is None and len(found) > 1:
            raise ImportFileError(
                f"the file holds {len(found)} stations, choose one with --station: "
                f"{_shown(found)}"
            )
        return wanted if wanted is not None else next(iter(found), None)

    def _count_stations(self) -> Counter[str]:
        """Count the lines of each station; a name needs one readable line."""
        found: Counter[str] = Counter()
        if not self.form.names_station:
            return found
        for _, cells in self._data_lines():
            if isinstance(cells, str) or (name := self.form.station(cells)) is None:
                continue
            # A damaged line must not bring a station of its own into being.
            if name in found or not all(
                isinstance(one, str) for one in self.form.read(cells)
            ):
                found[name] += 1
        return found

    def _belongs_elsewhere(self, cells: list[str]) -> bool:
        if len(self._stations) < 2:
            return False
        named = self.form.station(cells)
        return named != self.station and named in self._stations


def _lines(stream: BinaryIO | gzip.GzipFile) -> Iterator[Line]:
    """
    Read lines of bounded length; a compressed stream that breaks ends with a reason.

    Raises:
        ImportFileError: the disk failed.
    """
    number = 0
    while True:
        number += 1
        try:
            raw = stream.readline(LONGEST_LINE + 1)
            if too_long := len(raw) > LONGEST_LINE:
                while raw and not raw.endswith(b"\n"):
                    raw = stream.readline(LONGEST_LINE)
        except (EOFError, zlib.error, gzip.BadGzipFile):
            yield number, DAMAGED
            return
        except OSError as error:
            raise ImportFileError(f"cannot read the file: {error}") from error
        if too_long:
            yield number, TOO_LONG
        elif raw:
            yield number, raw
        else:
            return


def _shown(stations: Counter[str]) -> str:
    """Write the stations with their lines, the largest first."""
    parts = [
        f"{name!r} ({count} lines)"
        for name, count in stations.most_common(SHOWN_STATIONS)
    ]
    if len(stations) > SHOWN_STATIONS:
        parts.append(f"and {len(stations) - SHOWN_STATIONS} more")
    return ", ".join(parts) or "none"


def _unknown_form(head: bytes) -> str:
    """Say why a header is refused, and what headers are known."""
    text = head[:120].decode(errors="replace").strip()
    known = "; ".join(f"{form.id}: {form.example}" for form in FORMS.values())
    reason = f"not a known form, its header is {text!r}"
    if NAIVE_TIME & _names(text):
        reason += " (times without a zone cannot be placed)"
    return f"{reason}. Known headers: {known}"


def _names(text: str) -> set[str]:
    return {name.strip('" ') for name in text.replace(";", ",").split(",")}
