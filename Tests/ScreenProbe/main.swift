// SPDX-License-Identifier: Apache-2.0

// A process that edits and draws for a terminal which is a model, and says what it believes is on the screen.

import SnugSystem

var probe = ScreenProbe()
let answers = LineWriter(to: 1)
while let line = readLine() { try answers.write(probe.answer(to: line.split(separator: " "))) }
