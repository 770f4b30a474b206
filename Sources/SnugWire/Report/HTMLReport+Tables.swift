// SPDX-License-Identifier: Apache-2.0

extension HTMLReport {
    var leaks: String {
        section(
            "leaks",
            "What TLS does not hide",
            "Measured in this run, in the order in which an eavesdropper comes across it.",
            Markup.table(
                caption: "What can be seen without any key",
                columns: ["what", "measured", "gives away", "what would hide it"],
                rows: findings.leaks.map { leak in
                    let padded = leak.padded.map {
                        "<br><span class=\"soft\">padded:</span> \(Markup.escape($0))"
                    }
                    return [
                        Markup.escape(leak.title), Markup.escape(leak.tls) + (padded ?? ""),
                        Markup.escape(leak.reveals), Markup.escape(leak.remedy),
                    ]
                },
                style: "stack"
            )
        )
    }

    var scoreboard: String {
        section(
            "scoreboard",
            "The eavesdropper's score",
            """
            A page of simple rules guesses from the TLS captures and nothing else; afterwards the guesses are held \
            against what really happened. <em>No capture</em> is the best that anyone can do without looking: the one \
            answer that is right most often, given every time.
            """,
            Markup.table(
                caption: "Right guesses",
                columns: ["question", "#TLS", "#TLS, padded", "#no capture"],
                rows: findings.scoreboard.scores.map { score in
                    [Markup.escape(score.question)] + [score.tls, score.padded, score.fixedAnswer].map(tally)
                },
                style: "figures"
            ),
            Markup.details(
                "The rules",
                "<ul>\(Eavesdropper.rules.map { "<li>\(Markup.escape($0))</li>" }.joined())</ul>"
            ),
            priceParagraph
        )
    }

    private func tally(_ tally: Tally) -> String {
        let error = tally.meanError.map {
            "<br><span class=\"soft\">off by \(Decimal.text($0, places: 1))</span>"
        }
        return "\(tally.right) of \(tally.total)" + (error ?? "")
    }

    private var priceParagraph: String {
        let price = findings.price
        let chat = PaddingPrice.percent(price.chatBytesWith, over: price.chatBytesWithout)
        let all = PaddingPrice.percent(price.allBytesWith, over: price.allBytesWithout)
        return """
            <p><strong>The price of padding:</strong> \(price.chatBytesWith - price.chatBytesWithout) bytes in this \
            run: the chat's records grew by \(Decimal.text(chat, places: 0)) %, from \(price.chatBytesWithout) to \
            \(price.chatBytesWith) bytes; with the handshakes, which stay as they are, the run grew by \
            \(Decimal.text(all, places: 0)) %. <strong>What it does not buy:</strong> when people speak, how often, \
            who does, how many listen, and whether a passphrase was right, because a refused connection ends.</p>
            """
    }

    var attacks: String {
        guard !findings.attacks.isEmpty else { return "" }
        return section(
            "attacks",
            "Attacks on the wire",
            "Reading is not all that someone on the way can do. Each attack was made on both kinds of connection.",
            Markup.table(
                caption: "What was tried, and what came of it",
                columns: ["attack", "what was done", "plain", "TLS"],
                rows: findings.attacks.map { attack in
                    [
                        Markup.escape(attack.name), Markup.escape(attack.attempt),
                        Markup.escape(attack.plain),
                        "<span class=\"\(attack.held ? "held" : "failed")\">\(attack.held ? "held" : "not held")"
                            + "</span> " + Markup.escape(attack.tls),
                    ]
                },
                style: "stack"
            )
        )
    }
}
