// swift-tools-version: 6.3

import PackageDescription

/// One set for every Swift target, so that no module is held to less than the others.
let strict: [SwiftSetting] = [
    .treatAllWarnings(as: .error),
    // https://github.com/swiftlang/swift-evolution/blob/main/proposals/0335-existential-any.md
    .enableUpcomingFeature("ExistentialAny"),
    // https://github.com/swiftlang/swift-evolution/blob/main/proposals/0409-access-level-on-imports.md
    .enableUpcomingFeature("InternalImportsByDefault"),
    // https://github.com/swiftlang/swift-evolution/blob/main/proposals/0444-member-import-visibility.md
    .enableUpcomingFeature("MemberImportVisibility"),
]

/// Full RELRO: all addresses of library functions are found at the start, and then their table is made read-only.
///
/// With the toolchain's own linker, and not the system's: that may be ld.bfd, which makes no such table of Swift's
/// sections and does not say so. Unsafe flags keep a target from being part of a package that others depend on; programs
/// are no such target.
let hardened: [LinkerSetting] = [
    .unsafeFlags(["-use-ld=lld", "-Xlinker", "-z", "-Xlinker", "relro", "-Xlinker", "-z", "-Xlinker", "now"])
]

/// What the programs alone depend on.
///
/// Whoever uses the libraries with `traits: []` fetches neither of these two packages.
let programs: TargetDependencyCondition? = .when(traits: ["Programs"])
let argumentParser: Target.Dependency =
    .product(name: "ArgumentParser", package: "swift-argument-parser", condition: programs)
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log", condition: programs)

/// What only servers that share one chat depend on: NATS's library, and zlib for their snapshots.
let cluster: TargetDependencyCondition? = .when(traits: ["Cluster"])

let package = Package(
    name: "snug",
    products: [
        .executable(name: "snug", targets: ["snug"]),
        .executable(name: "snug-server", targets: ["snug-server"]),
        .executable(name: "snug-wire", targets: ["snug-wire"]),
        .library(name: "SnugClient", targets: ["SnugClient"]),
        .library(name: "SnugCluster", targets: ["SnugCluster"]),
        .library(name: "SnugFraming", targets: ["SnugFraming"]),
        .library(name: "SnugHistory", targets: ["SnugHistory"]),
        .library(name: "SnugLab", targets: ["SnugLab"]),
        .library(name: "SnugProtocol", targets: ["SnugProtocol"]),
        .library(name: "SnugRooms", targets: ["SnugRooms"]),
        .library(name: "SnugServer", targets: ["SnugServer"]),
        .library(name: "SnugService", targets: ["SnugService"]),
        .library(name: "SnugSystem", targets: ["SnugSystem"]),
        .library(name: "SnugTerminal", targets: ["SnugTerminal"]),
        .library(name: "SnugTransport", targets: ["SnugTransport"]),
        .library(name: "SnugWire", targets: ["SnugWire"]),
    ],
    traits: [
        .trait(
            name: "Cluster",
            description: "snug-server --cluster: several servers, one chat, over NATS JetStream"
        ),
        .trait(name: "Programs", description: "snug, snug-server and snug-wire, and what only they need"),
        .default(enabledTraits: ["Programs"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    ],
    targets: [
        .systemLibrary(
            name: "CGnuTLS",
            pkgConfig: "gnutls",
            providers: [.apt(["libgnutls28-dev"]), .brew(["gnutls"])]
        ),
        .systemLibrary(name: "CLinux"),
        .systemLibrary(name: "CNATS", providers: [.apt(["libnats-dev"])]),
        .systemLibrary(
            name: "CSQLite",
            pkgConfig: "sqlite3",
            providers: [.apt(["libsqlite3-dev"]), .brew(["sqlite"])]
        ),
        .systemLibrary(name: "CZlib", providers: [.apt(["zlib1g-dev"])]),

        .target(name: "SnugFraming", swiftSettings: strict),
        .target(name: "SnugRooms", swiftSettings: strict),
        .target(name: "SnugSystem", dependencies: ["CLinux"], swiftSettings: strict),
        .target(
            name: "SnugTransport",
            dependencies: ["CGnuTLS", "CLinux", "SnugSystem"],
            swiftSettings: strict
        ),
        .target(
            name: "SnugLab",
            dependencies: ["CGnuTLS", "SnugSystem", "SnugTransport"],
            swiftSettings: strict
        ),
        .target(
            name: "SnugService",
            dependencies: ["SnugFraming", "SnugSystem", "SnugTransport"],
            swiftSettings: strict
        ),
        .target(name: "SnugProtocol", dependencies: ["SnugFraming", "SnugRooms"], swiftSettings: strict),
        .target(
            name: "SnugHistory",
            dependencies: ["CSQLite", "SnugRooms", "SnugSystem"],
            swiftSettings: strict
        ),
        .target(
            name: "SnugServer",
            dependencies: [
                "SnugFraming", "SnugHistory", "SnugProtocol", "SnugRooms", "SnugSystem", "SnugTransport",
            ],
            swiftSettings: strict
        ),
        .target(
            name: "SnugCluster",
            dependencies: [
                "SnugRooms", "SnugServer", "SnugSystem", "SnugTransport",
                .target(name: "CNATS", condition: cluster),
                .target(name: "CZlib", condition: cluster),
            ],
            swiftSettings: strict
        ),
        .target(name: "SnugTerminal", dependencies: ["SnugRooms", "SnugSystem"], swiftSettings: strict),
        .target(
            name: "SnugClient",
            dependencies: [
                "SnugFraming", "SnugProtocol", "SnugRooms", "SnugSystem", "SnugTerminal", "SnugTransport",
            ],
            swiftSettings: strict
        ),
        .target(
            name: "SnugWire",
            dependencies: [
                "SnugClient", "SnugFraming", "SnugLab", "SnugProtocol", "SnugRooms", "SnugServer",
                "SnugSystem", "SnugTerminal", "SnugTransport",
            ],
            swiftSettings: strict
        ),

        .target(
            name: "SnugProgram",
            dependencies: [
                "SnugLab", "SnugRooms", "SnugSystem", "SnugTransport",
                argumentParser,
            ],
            swiftSettings: strict
        ),
        .executableTarget(
            name: "snug-server",
            dependencies: [
                "SnugHistory", "SnugLab", "SnugProgram", "SnugRooms", "SnugServer", "SnugSystem",
                "SnugTransport",
                .target(name: "SnugCluster", condition: cluster),
                argumentParser,
                logging,
            ],
            swiftSettings: strict,
            linkerSettings: hardened
        ),
        .executableTarget(
            name: "snug",
            dependencies: [
                "SnugClient", "SnugLab", "SnugProgram", "SnugProtocol", "SnugRooms", "SnugSystem",
                "SnugTransport",
                argumentParser,
            ],
            swiftSettings: strict,
            linkerSettings: hardened
        ),
        .executableTarget(
            name: "snug-wire",
            dependencies: [
                "SnugProgram", "SnugSystem", "SnugTransport", "SnugWire",
                argumentParser,
            ],
            swiftSettings: strict,
            linkerSettings: hardened
        ),

        .target(
            name: "TestSupport",
            dependencies: [
                "SnugFraming", "SnugLab", "SnugRooms", "SnugServer", "SnugSystem", "SnugTransport",
            ],
            path: "Tests/TestSupport",
            swiftSettings: strict
        ),
        .testTarget(
            name: "SnugFramingTests",
            dependencies: ["SnugFraming", "TestSupport"],
            swiftSettings: strict
        ),
        // A process for the tests of history to kill, and for its measurements.
        .executableTarget(
            name: "history-probe",
            dependencies: ["SnugHistory", "SnugRooms"],
            path: "Tests/HistoryProbe",
            swiftSettings: strict
        ),
        .testTarget(
            name: "SnugHistoryTests",
            dependencies: [
                "CSQLite", "SnugHistory", "SnugRooms", "SnugSystem", "TestSupport", "history-probe",
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "SnugRoomsTests",
            dependencies: ["SnugRooms", "TestSupport"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "SnugSystemTests",
            dependencies: ["CLinux", "SnugSystem", "SnugTransport", "TestSupport"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "SnugTransportTests",
            dependencies: ["CGnuTLS", "SnugLab", "SnugSystem", "SnugTransport", "TestSupport"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "SnugLabTests",
            dependencies: ["SnugLab", "SnugSystem", "SnugTransport", "TestSupport"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "SnugServiceTests",
            dependencies: ["SnugFraming", "SnugService", "SnugSystem", "SnugTransport", "TestSupport"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "SnugProtocolTests",
            dependencies: [
                "SnugFraming", "SnugProtocol", "SnugRooms", "SnugSystem", "SnugTransport", "TestSupport",
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "SnugProgramTests",
            dependencies: [
                "SnugLab", "SnugProgram", "SnugRooms", "SnugSystem", "SnugTransport", "TestSupport",
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "SnugServerTests",
            dependencies: [
                "CGnuTLS", "SnugFraming", "SnugHistory", "SnugLab", "SnugProtocol", "SnugRooms", "SnugServer",
                "SnugSystem", "SnugTransport", "TestSupport",
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "SnugClusterTests",
            dependencies: [
                "SnugCluster", "SnugRooms", "SnugServer", "SnugSystem", "SnugTransport", "TestSupport",
            ],
            swiftSettings: strict
        ),
        // What a model of a terminal is compared with; see scripts/trials --screen.
        .executableTarget(
            name: "screen-probe",
            dependencies: ["SnugRooms", "SnugSystem", "SnugTerminal"],
            path: "Tests/ScreenProbe",
            swiftSettings: strict
        ),
        .testTarget(
            name: "SnugTerminalTests",
            dependencies: ["SnugRooms", "SnugSystem", "SnugTerminal", "TestSupport"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "SnugClientTests",
            dependencies: [
                "CLinux", "SnugClient", "SnugFraming", "SnugLab", "SnugProtocol", "SnugRooms", "SnugServer",
                "SnugSystem", "SnugTerminal", "SnugTransport", "TestSupport",
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "SnugWireTests",
            dependencies: [
                "SnugLab", "SnugProtocol", "SnugServer", "SnugSystem", "SnugTransport", "SnugWire",
                "TestSupport",
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "EndToEndTests",
            dependencies: [
                "SnugFraming", "SnugHistory", "SnugLab", "SnugRooms", "SnugSystem", "SnugTransport",
                "TestSupport", "snug", "snug-server", "snug-wire",
            ],
            exclude: ["Python", "Torture"],
            swiftSettings: strict
        ),
    ],
    swiftLanguageModes: [.v6]
)
