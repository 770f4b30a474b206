# SPDX-License-Identifier: Apache-2.0
"""A terminal without a window: what reaches it, and what a person would see in it and scroll back to."""
import pyte
from pyte import modes
from wcwidth import wcwidth

# What a terminal does with rows that are too wide once its window has become narrower.
REWRAPS, CUTS = "rewraps", "cuts"
# What those say that are asked which one they are: kind, version, nothing.
NAMES = {REWRAPS: "65;7006;1", CUTS: "41;379;0"}


class Terminal(pyte.Screen):
    """pyte's terminal, where it is unlike the terminals that people have, made like them: each method says how."""

    def __init__(self, columns, lines, answer=lambda text: None, resizing=CUTS, has_name=True):
        self.scrolled = []  # rows that have left the screen at its top
        self.answer, self.resizing, self.has_name = answer, resizing, has_name
        self.told = []  # bells and notifications, which are no part of the screen
        super().__init__(columns, lines)
        self.stream = pyte.ByteStream(self)

    def take(self, data):
        self.stream.feed(data)

    # What people see

    @staticmethod
    def text_of(row, columns):
        return "".join(row[column].data for column in range(columns)).rstrip()

    @staticmethod
    def length(row):
        """Without the column that stays empty at the end where a wide sign has not fitted."""
        return max(row, default=-1) + 1

    @property
    def rows(self):
        """All of them, the oldest first, without the empty ones at the end."""
        rows = [self.text_of(row, width) for row, width in self.scrolled]
        rows += [self.text_of(self.buffer[y], self.columns) for y in range(self.lines)]
        while rows and not rows[-1]:
            rows.pop()
        return rows

    @property
    def lines_to_cursor(self):
        """Each line down to the cursor's, and in which row it begins: what was wrapped is one line again."""
        rows = self.scrolled + [(self.buffer[y], self.columns) for y in range(self.cursor.y + 1)]
        lines, is_new = [], True
        for number, (row, _) in enumerate(rows):
            goes_on = getattr(row, "goes_on", False)
            text = "".join(row[column].data for column in range(self.length(row)))
            text = text if goes_on else text.rstrip()
            if is_new:
                lines.append((text, number))
            else:
                lines[-1] = (lines[-1][0] + text, lines[-1][1])
            is_new = not goes_on
        return lines

    @property
    def rows_below_cursor(self):
        rows = [self.text_of(self.buffer[y], self.columns) for y in range(self.cursor.y + 1, self.lines)]
        return [row for row in rows if row]

    @property
    def cursor_row(self):
        return self.text_of(self.buffer[self.cursor.y], self.columns)

    @property
    def text_before_cursor(self):
        return "".join(self.buffer[self.cursor.y][column].data for column in range(self.cursor.x))

    # Where pyte is unlike a terminal

    def draw(self, data):
        """pyte throws away what stands behind a sign without a width, unless it is a combining one."""
        for character in data:
            width = max(0, wcwidth(character))
            if width == 0:
                self.add_to_last(character)
                continue
            if self.cursor.x + width > self.columns:
                if modes.DECAWM in self.mode:
                    self.buffer[self.cursor.y].goes_on = True
                    self.carriage_return()
                    self.linefeed()
                else:
                    self.cursor.x = max(0, self.columns - width)
            row = self.buffer[self.cursor.y]
            for stub in range(1, width):
                row[self.cursor.x + stub] = self.cursor.attrs._replace(data="")
            row[self.cursor.x] = self.cursor.attrs._replace(data=character)
            self.cursor.x += width
        self.dirty.add(self.cursor.y)

    def add_to_last(self, character):
        row, column = self.buffer[self.cursor.y], self.cursor.x - 1
        while column > 0 and not row[column].data:
            column -= 1
        if column >= 0:
            row[column] = row[column]._replace(data=row[column].data + character)

    def index(self):
        """pyte forgets what scrolls out of sight."""
        if self.margins is None and self.cursor.y == self.lines - 1:
            self.scrolled.append((self.buffer[0], self.columns))
            for y in range(self.lines - 1):
                self.buffer[y] = self.buffer[y + 1]
            self.buffer.pop(self.lines - 1, None)
            self.dirty.update(range(self.lines))
        else:
            super().index()

    def save_cursor(self):
        """A terminal remembers one place, not a stack of them, and goes back to it as often as it is asked to."""
        self.savepoints = []
        super().save_cursor()

    def restore_cursor(self):
        if self.savepoints:
            saved = self.savepoints[0].cursor
            self.cursor.x, self.cursor.y = min(saved.x, self.columns), min(saved.y, self.lines - 1)
            self.cursor.attrs = saved.attrs
        else:
            self.cursor_position()

    def erase_in_line(self, how=0, private=False):
        super().erase_in_line(how, private)
        self.buffer[self.cursor.y].goes_on = False
        if self.scrolled and self.cursor.y == 0 and self.cursor.x == 0:
            self.scrolled[-1][0].goes_on = False

    def erase_in_display(self, how=0, *arguments, **options):
        super().erase_in_display(how, *arguments, **options)
        for y in range(self.cursor.y if how == 0 else 0, self.lines):
            self.buffer[y].goes_on = False
        if self.scrolled and (how >= 2 or how == 0 and self.cursor.y == 0 and self.cursor.x == 0):
            self.scrolled[-1][0].goes_on = False

    def select_graphic_rendition(self, *attributes):
        """pyte knows no dim; it takes the place of blinking here, which nobody asks for."""
        parameters, is_colour = [], False
        for attribute in attributes:
            is_colour = is_colour or attribute in (38, 48)
            parameters += [attribute] if is_colour else {2: [5], 22: [22, 25]}.get(attribute, [attribute])
        super().select_graphic_rendition(*parameters)

    def report_device_status(self, mode, **options):
        """Behind a full row the cursor is said to be in the last column."""
        if mode == 6:
            self.answer(f"\x1b[{self.cursor.y + 1};{min(self.cursor.x + 1, self.columns)}R")

    def report_device_attributes(self, mode=0, **options):
        """pyte takes the question for another one, which nobody asks."""
        if self.has_name:
            self.answer(f"\x1b[>{NAMES[self.resizing]}c")

    def write_process_input(self, data):
        self.answer(data)

    def bell(self, *arguments):
        self.told.append("bell")

    def end_line(self, rows_above):
        """The row that is so many above the cursor's does not go on in the next one."""
        y = self.cursor.y - rows_above
        row = self.buffer[y] if y >= 0 else self.scrolled[y][0] if self.scrolled[y:] and -y <= len(self.scrolled) else None
        if row is not None:
            row.goes_on = False

    # A window of another size

    def resize(self, lines=None, columns=None):
        lines, columns = lines or self.lines, columns or self.columns
        if columns != self.columns and self.resizing == REWRAPS:
            self.rewrap(lines, columns)
        else:
            self.cut(lines, columns)
        self.margins = None

    def cut(self, lines, columns):
        """As xterm(1) does."""
        for row in [row for row, _ in self.scrolled] + list(self.buffer.values()):
            for column in [column for column in row if column >= columns]:
                del row[column]
            row.goes_on = columns == self.columns and getattr(row, "goes_on", False)
        scrolled, self.scrolled = [row for row, _ in self.scrolled], []
        rows = scrolled + [self.buffer[y] for y in range(self.lines)]
        self.columns = columns
        self.put(rows, len(scrolled) + self.cursor.y, lines, min(self.cursor.x, columns - 1))

    def rewrap(self, lines, columns):
        """As most do: rows that are one line are laid out anew, and the cursor stays where it is in its line."""
        rows = [row for row, _ in self.scrolled] + [self.buffer[y] for y in range(self.lines)]
        cursor_row = len(self.scrolled) + self.cursor.y
        last = max([number for number, row in enumerate(rows) if self.text_of(row, self.length(row))]
                   + [cursor_row])
        laid, cells, place, new_cursor = [], [], None, (0, 0)
        for number, row in enumerate(rows[:last + 1]):
            goes_on = getattr(row, "goes_on", False)
            if number == cursor_row:
                place = len(cells) + self.cursor.x
            cells += [row[column] for column in range(self.length(row))]
            if goes_on and number < last:
                continue
            new_rows, found = self.laid_out(cells, columns, place)
            if place is not None:
                new_cursor = (len(laid) + found[0], found[1])
            laid += new_rows
            cells, place = [], None
        self.scrolled = []
        self.columns = columns
        self.put(laid, new_cursor[0], lines, new_cursor[1])

    def laid_out(self, cells, columns, place):
        """The cells in rows of so many columns, and where among them the one at `place` is."""
        while cells and cells[-1].data == " " and (place is None or len(cells) > place):
            cells = cells[:-1]
        rows, found, index = [self.empty_row()], (0, place or 0), 0
        column = 0
        while index < len(cells):
            width = 2 if index + 1 < len(cells) and not cells[index + 1].data else 1
            if column + width > columns:
                rows[-1].goes_on = True
                rows.append(self.empty_row())
                column = 0
            if place is not None and index <= place < index + width:
                found = (len(rows) - 1, column + place - index)
            for part in range(width):
                rows[-1][column + part] = cells[index + part]
            column += width
            index += width
        if place is not None and place >= len(cells):
            rest = column + place - len(cells)
            # Behind a full row, it is taken to the next one.
            if rest >= columns:
                rows[-1].goes_on = True
                rows.append(self.empty_row())
                rest -= columns
            found = (len(rows) - 1, min(rest, columns - 1))
        return rows, found

    def empty_row(self):
        return type(self.buffer[0])(self.default_char)

    def put(self, rows, cursor_row, lines, cursor_column):
        """Shows the last of these rows that fit, with the cursor's among them."""
        last = max([number for number, row in enumerate(rows) if self.text_of(row, self.length(row))]
                   + [cursor_row])
        top = max(0, min(cursor_row, last - lines + 1))
        self.scrolled += [(row, self.columns) for row in rows[:top]]
        self.lines = lines
        self.buffer.clear()
        for y, row in enumerate(rows[top:top + lines]):
            self.buffer[y] = row
        self.cursor.y, self.cursor.x = cursor_row - top, cursor_column
        self.dirty.update(range(lines))
