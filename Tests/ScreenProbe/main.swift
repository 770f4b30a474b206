// SPDX-License-Identifier: Apache-2.0

// A process that edits and draws for a terminal which is a model, and says what it believes is on the screen.

var probe = ScreenProbe()
while let line = readLine() { print(probe.answer(to: line.split(separator: " "))) }
