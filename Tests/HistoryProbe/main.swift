// SPDX-License-Identifier: Apache-2.0

// A process that keeps a history file, for tests that kill it, starve it or wait for it, and for measuring.

HistoryProbe.run(Array(CommandLine.arguments.dropFirst()))
