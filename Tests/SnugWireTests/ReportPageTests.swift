// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

@testable import SnugWire

@Suite(.timeLimit(.minutes(30))) struct ReportPageTests {
    private static let chromium = [
        "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome",
    ]
    .first { FileManager.default.isExecutableFile(atPath: $0) }

    @Test func thePageNeedsNothingButItself() {
        let page = RecordedChat.report().html()
        #expect(page.utf8.count < 1_000_000)
        for reference in ["http:", "https:", "src=", "url(", "@import", "<script", "<link", "javascript:"] {
            #expect(!page.contains(reference), "\(reference)")
        }
        #expect(page.contains("default-src 'none'; style-src 'unsafe-inline'"))
    }

    @Test func theContentsLeadToEverySection() throws {
        let page = RecordedChat.report().html()
        let contents = try #require(page.split(separator: "<nav").last?.split(separator: "</nav>").first)
        let links = contents.matches(of: #/href="#([^"]+)">([^<]+)</#)
        let headings = page.matches(of: #/<h2 id="([^"]+)">([^<]+)</#)
        #expect(links.count > 6)
        #expect(links.map(\.1) == headings.map(\.1))
        #expect(links.map(\.2) == headings.map(\.2))
    }

    @Test func ofALongTableATelephoneShowsTheBeginningUntilTheRestIsAskedFor() {
        let rows = RecordedChat.report().findings.rows.count
        let page = RecordedChat.report().html()
        #expect(rows > 12)
        #expect(page.split(separator: "<tr class=\"more\">").count - 1 == rows - 12)
        #expect(page.contains("<input type=\"checkbox\"> all \(rows) rows</label>"))
    }

    @Test func everyPictureHasANameADescriptionAndATableBehindIt() throws {
        let page = RecordedChat.report().html()
        let pictures = page.split(separator: "<svg ").dropFirst()
        #expect(pictures.count == 6)
        for picture in pictures {
            let id = try #require(picture.firstMatch(of: #/aria-labelledby="([a-z-]+)-t \1-d"/#)?.1)
            #expect(picture.contains("<title id=\"\(id)-t\">") && picture.contains("<desc id=\"\(id)-d\">"))
        }
        for figure in ["bytes", "sizes", "timeline"] {
            let section = page.split(separator: "<section aria-labelledby=").first {
                $0.hasPrefix("\"\(figure)\"")
            }
            #expect(try #require(section).contains("<details><summary>"))
        }
    }

    @Test func aLongScriptStillMakesALightPage() {
        // As many things as a script can hold, each with a line as long as one can be and of what takes most on a page.
        let quotes = String(repeating: "\"", count: 490)
        let planted = RecordedChat.planted + (1...500).map { "\(quotes)\($0)" }
        let report = RecordedChat.report(planted: planted) { recordings in
            for mode in WireMode.allCases {
                guard let events = recordings[mode]?.truth, let line = events.firstIndex(where: \.isLine)
                else { continue }
                recordings[mode]?.truth.insert(
                    contentsOf: Array(repeating: events[line], count: 500),
                    at: line
                )
            }
        }
        #expect(report.html().utf8.count < 1_000_000)
    }

    @Test(
        .enabled(if: chromium != nil, "NOT CHECKED: install chromium to have the report opened in a browser")
    )
    func aBrowserOpensThePageWithoutAConsoleMessageOrARequest() throws {
        let opened = try open(RecordedChat.report().html())
        #expect(opened.text.contains("Written by snug-wire."))
        #expect(opened.console == [])
        #expect(opened.requests == [])

        // The same look at a page that does both, or the silence above would mean nothing.
        let noisy = try open(
            """
            <!DOCTYPE html><title>noisy</title><img src="http://127.0.0.1:9/x.png"><script>console.log("boo")</script>
            """
        )
        #expect(noisy.console.contains { $0.contains("boo") })
        #expect(noisy.requests == ["http://127.0.0.1:9/x.png"])
    }

    /// What a browser shows, says and asks for when it opens a page.
    private func open(_ page: String) throws -> (text: String, console: [String], requests: Set<String>) {
        let folder = try TemporaryFolder()
        let file = try folder.write(Array(page.utf8), to: "report.html", mode: 0o600)
        let browser = try ChildProcess(
            try #require(Self.chromium),
            [
                "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run",
                "--user-data-dir=\(folder.path("profile"))", "--disable-background-networking",
                "--enable-logging=stderr", "--log-net-log=\(folder.path("net.json"))",
                "--virtual-time-budget=3000", "--dump-dom", "file://\(file)",
            ]
        )
        #expect(try browser.finish() == 0)
        let netLog = try JSONSerialization.jsonObject(with: Data(try folder.content(of: "net.json")))
        var requests: Set<String> = []
        for event in (netLog as? [String: Any])?["events"] as? [[String: Any]] ?? [] {
            // The browser's own calls home have no page behind them.
            guard let details = event["params"] as? [String: Any], let url = details["url"] as? String,
                let initiator = details["initiator"] as? String, initiator != "not an origin",
                url.hasPrefix("http")
            else { continue }
            requests.insert(url)
        }
        let text = String(decoding: browser.bytes(of: .output), as: UTF8.self)
        return (text, browser.lines(of: .errors).filter { $0.contains("CONSOLE") }, requests)
    }
}

extension TrueEvent {
    fileprivate var isLine: Bool {
        if case .said = kind { return true }
        return false
    }
}
