// SPDX-License-Identifier: Apache-2.0
//
// Called by scripts/fuzz, which knows the flags it has to be built with. SNUG_FUZZ_TARGET names the target; with
// SNUG_FUZZ_SEEDS=FOLDER the target's first inputs are written there, without it the arguments are libFuzzer's. Kept.swift
// says what SNUG_FUZZ_KEPT is.

internal import CFuzz
internal import Glibc

guard let target = Target.chosen else {
    print(Target.allCases.map(\.rawValue).joined(separator: "\n"))
    exit(64)
}
if let folder = getenv("SNUG_FUZZ_SEEDS") {
    target.writeSeeds(into: String(cString: folder))
    exit(0)
}
// What was kept when another process found a broken promise goes through the same once more.
if let path = getenv("SNUG_FUZZ_AFTER") {
    for input in Kept.inputs(in: path) { target.run(input) }
}
var count = CommandLine.argc
var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv
exit(LLVMFuzzerRunDriver(&count, &arguments, runOnce))
