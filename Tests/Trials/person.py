# SPDX-License-Identifier: Apache-2.0
"""Somebody at the terminal, who types, looks whether it is there, and knows what was typed."""
# What people see as one character each, and what stays so whatever it is put beside.
LETTERS = ["a", "b", "c", "d", "e", "k", "m", "o", "t", "x", "é", "ไ", "ท", "ยี", "น้ำ", "क", "नि", "م", "ح", "漢", "字",
           "한", "Ж", "…", "👋🏽", "👨‍👩‍👧", "❤️", "😀", "1", "2"]
LEFT, RIGHT, HOME, END, BACKSPACE, DELETE, ENTER = "\x1b[D", "\x1b[C", "\x1b[H", "\x1b[F", "\x7f", "\x1b[3~", "\r"
PATIENCE = 60  # seconds, on a machine with much else to do


class Person:
    """Types into a window: numbered lines, and always the beginning of the next one."""

    def __init__(self, trial, window, chance):
        self.trial, self.world, self.window, self.chance = trial, trial.world, window, chance
        self.draft, self.cursor = [], 0
        self.said = []
        self.looks_since = None  # since when what was typed is not to be seen
        self.edits, self.edits_offline = 0, 0
        self.is_typing = False

    @property
    def text(self):
        return "".join(self.draft)

    # Hands

    def press(self, keys):
        self.window.write(keys)

    def type(self, letters):
        self.press("".join(letters))
        self.draft[self.cursor:self.cursor] = letters
        self.cursor += len(letters)

    def enter(self):
        """Says the draft, and begins the next line without waiting."""
        line = self.text.strip()
        if line:
            self.said.append(line)
            self.world.note("person", "said", text=line)
        self.press(ENTER)
        self.draft, self.cursor = [], 0

    def begin_line(self):
        self.type([*f"own.{len(self.said) + 1}", " ", *self.letters(self.chance.randint(1, 6))])

    def letters(self, count):
        return [self.chance.choice([letter for letter in LETTERS if letter not in self.trial.look.parted])
                for _ in range(count)]

    def edit(self):
        """Behind the line's number, which stays as it is."""
        begin = self.text.index(" ") + 2
        what = self.chance.random()
        if what < 0.5 and len(self.draft) < 24:
            return self.type(self.letters(self.chance.randint(1, 4)))
        if what < 0.6 and self.cursor > begin:
            self.press(BACKSPACE)
            self.cursor -= 1
            del self.draft[self.cursor]
        elif what < 0.7 and self.cursor < len(self.draft):
            self.press(DELETE)
            del self.draft[self.cursor]
        elif what < 0.85 and self.cursor > begin:
            self.press(LEFT)
            self.cursor -= 1
        elif self.cursor < len(self.draft):
            key = self.chance.choice([RIGHT, END])
            self.press(key)
            self.cursor = len(self.draft) if key == END else self.cursor + 1
        elif len(self.draft) < 24:
            self.type(self.letters(1))

    # Eyes

    @property
    def sees_draft(self):
        """Whether the row shows what was typed, and the cursor where it belongs."""
        terminal, look = self.window.terminal, self.trial.look
        shown, before = look.draft_of(terminal.cursor_row), look.draft_of(terminal.text_before_cursor)
        return shown == self.text.rstrip() and before is not None and (
            before.rstrip() == "".join(self.draft[:self.cursor]).rstrip())

    def live(self):
        """Does one thing after the other, each when what was done before it is to be seen."""
        if not self.is_typing:
            return
        self.world.after(self.chance.uniform(0.03, 0.12), self.live)
        if self.window.is_stopped or self.trial.is_over:
            self.looks_since = None
            return
        if not self.sees_draft:
            self.looks_since = self.world.now if self.looks_since is None else self.looks_since
            if self.world.now - self.looks_since > PATIENCE:
                self.trial.give_up(f"what was typed is not to be seen: {self.text!r} in "
                                   f"{self.window.terminal.cursor_row!r}")
            return
        if self.looks_since is not None or self.edits == 0:
            self.edits += 1
            self.edits_offline += not self.trial.relay.passages
        self.looks_since = self.world.now
        self.act()

    def act(self):
        if self.chance.random() < 0.25:
            self.enter()
            if self.chance.random() < self.trial.plan.haste:
                self.press(ENTER)
            self.begin_line()
        else:
            self.edit()
