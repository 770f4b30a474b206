// SPDX-License-Identifier: Apache-2.0

/// When a comparison was made, and with what: what whoever finds the report a year later asks first.
public struct ReportOrigin: Equatable, Sendable {
    /// Such as `2026-01-31T23:59:59Z`.
    public let date: String

    /// Each program and library that had a part in it, with its version: `snug 0.2.0`.
    public let versions: [String]

    /// A report that is made now.
    public init(date: String, versions: [String]) {
        self.date = date
        self.versions = versions
    }
}
