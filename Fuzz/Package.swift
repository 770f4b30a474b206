// swift-tools-version: 6.2

import PackageDescription

// A package of its own, because all that it is made of has to be built anew: with the address sanitizer, and with
// the counters that guide libFuzzer. scripts/fuzz knows the flags for that.

/// The same set as Snug's own.
let strict: [SwiftSetting] = [
    .treatAllWarnings(as: .error),
    // https://github.com/swiftlang/swift-evolution/blob/main/proposals/0335-existential-any.md
    .enableUpcomingFeature("ExistentialAny"),
    // https://github.com/swiftlang/swift-evolution/blob/main/proposals/0409-access-level-on-imports.md
    .enableUpcomingFeature("InternalImportsByDefault"),
    // https://github.com/swiftlang/swift-evolution/blob/main/proposals/0444-member-import-visibility.md
    .enableUpcomingFeature("MemberImportVisibility"),
]

let package = Package(
    name: "snug-fuzz",
    dependencies: [.package(name: "snug", path: "..", traits: ["Cluster"])],
    targets: [
        .target(name: "CFuzz"),
        .executableTarget(
            name: "snug-fuzz",
            dependencies: [
                "CFuzz",
                .product(name: "SnugCluster", package: "snug"),
                .product(name: "SnugFraming", package: "snug"),
                .product(name: "SnugHistory", package: "snug"),
                .product(name: "SnugLab", package: "snug"),
                .product(name: "SnugProtocol", package: "snug"),
                .product(name: "SnugRooms", package: "snug"),
                .product(name: "SnugServer", package: "snug"),
                .product(name: "SnugSystem", package: "snug"),
                .product(name: "SnugTerminal", package: "snug"),
                .product(name: "SnugTransport", package: "snug"),
                .product(name: "SnugWire", package: "snug"),
            ],
            // What is tried is elsewhere: of the checks one counter a function says enough.
            swiftSettings: strict + [.unsafeFlags(["-sanitize-coverage=func,inline-8bit-counters,pc-table"])]
        ),
    ],
    swiftLanguageModes: [.v6]
)
