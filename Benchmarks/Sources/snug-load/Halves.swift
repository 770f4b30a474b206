// SPDX-License-Identifier: Apache-2.0

internal import SnugSystem

/// Two kinds of time that take turns within one run, so that whatever the machine does meanwhile befalls both alike.
struct Halves {
    /// How long one kind lasts before the other has its turn.
    let span: Duration
    /// Asked at each beginning of the second kind; nil if nothing tells the two apart, which shows what chance does.
    let scraper: Scraper?

    /// The latency in the kind of time that it is not.
    private var other = Histogram()
    private var isSecond = false
    private var next = MonotonicTime.start

    init(of span: Duration, _ scraper: Scraper?) {
        self.span = span
        self.scraper = scraper
    }

    mutating func begin(at now: MonotonicTime) { next = now + span }

    /// Has `latency` be that of the kind of time that it is now.
    mutating func turn(at now: MonotonicTime, _ latency: inout Histogram) throws(LoadFailure) {
        guard now >= next else { return }
        next = now + span
        isSecond.toggle()
        swap(&latency, &other)
        if isSecond { try scraper?.ask() }
    }

    /// The latency of both kinds, of which `latency` is the one that counted last.
    func both(_ latency: Histogram) -> (first: Histogram, second: Histogram) {
        isSecond ? (other, latency) : (latency, other)
    }
}
