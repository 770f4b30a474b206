struct HTMLReport {
    init(_ f: Findings, _ c: [Claim]) {}
    var page: String { "" }
}
