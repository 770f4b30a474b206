// SPDX-License-Identifier: Apache-2.0

extension Scenario {
    /// The passphrase of every scenario; a script does not name one.
    static let labPassphrase = "velvet otter 47 lanterns"

    /// Three people, with what they would hate to leak, in lines of 1 to 200 bytes.
    ///
    /// Nobody's real secrets: the card number is the one that payment services publish for tests.
    public static let standard = Scenario(
        passphrase: labPassphrase,
        steps: [
            aisha(.say("hello, are you both here?")),
            benjamin(.say("yes")),
            chenxi(.say("你好 aisha 👋 我在")),
            benjamin(.say("I forgot the password for the router again")),
            aisha(.say("router password: Tr0ub4dor&3-kitchen")),
            benjamin(.say("k")),
            chenxi(.say("can somebody pay for the tickets? it is 10 each")),
            benjamin(.say("use my card 4111 1111 1111 1111, expires 09/29, code 737")),
            aisha(.say("you should not write that into a chat, even if this room has a passphrase")),
            Step(person: "mallory", action: .guess("open sesame")),
            chenxi(.say("¿Mañana a las 18:30 en el café?")),
            benjamin(.say("ok")),
            aisha(
                .say(
                    "the doctor called: the test was positive, please tell nobody before I have talked to mum"
                )
            ),
            chenxi(.say("oh no. I am so sorry 💛")),
            benjamin(.say("do you want us to come over?")),
            aisha(.say("tomorrow. tonight I would rather not talk")),
            chenxi(.ask(.help)),
            benjamin(
                .say(
                    "then I bring soup, the blue blanket and the second key; the door code is still 2580# and the "
                        + "dog knows me, so nobody has to get up, and we can look at the letter from the bank "
                        + "afterwards, page by page"
                )
            ),
            chenxi(.say("我也来，晚上八点见")),
            aisha(.say("thank you, both of you")),
            chenxi(.leave),
            benjamin(.say("good night")),
        ]
    )

    private static func aisha(_ action: Action) -> Step { Step(person: "aisha", action: action) }
    private static func benjamin(_ action: Action) -> Step { Step(person: "benjamin", action: action) }
    private static func chenxi(_ action: Action) -> Step { Step(person: "chenxi", action: action) }
}
