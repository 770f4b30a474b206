// SPDX-License-Identifier: Apache-2.0

import SnugServer
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(30))) struct NameTests {
    @Test(arguments: TransportKind.allCases)
    func aNameIsFreeAgainAtOnceAndForOneHoweverItsOwnerLeft(kind: TransportKind) throws {
        try withServer { running in
            let witness = try TestClient(kind, port: running.port(kind), name: "witness")
            let ends: [(TestClient) throws -> Void] = [
                { $0.close() }, { try $0.finish() }, { try $0.send("/quit") },
                {
                    try $0.send(raw: [0, 0, 0, 9, 65])
                    $0.close()
                }, { try $0.send(raw: [0xff, 0xff, 0xff, 0xff]) },
            ]
            for end in ends {
                let owner = try TestClient(kind, port: running.port(kind), name: "aisha")
                try witness.expect("* aisha joined the chat *")
                try end(owner)
                try witness.expect("* aisha left *")
                let next = try TestClient(kind, port: running.port(kind), name: "aisha")
                try witness.expect("* aisha joined the chat *")
                let third = try TestClient(kind, port: running.port(kind))
                try third.send("Aisha")
                try witness.expect("* Aisha-2 joined the chat *")
                for client in [third, next] { client.close() }
                let left = [try witness.next(), try witness.next()]
                #expect(Set(left) == ["* Aisha-2 left *", "* aisha left *"])
                owner.close()
            }
        }
    }

    @Test(arguments: TransportKind.allCases)
    func aFailedNickKeepsTheOldNameInEveryRespect(kind: TransportKind) throws {
        try withServer { running in
            let aisha = try TestClient(kind, port: running.port(kind), name: "aisha")
            let ben = try TestClient(kind, port: running.port(kind), name: "ben")
            try aisha.expect("* ben joined the chat *")
            for failing in ["aisha", "АISHА", "*", "ben", "warning", ""] {
                try ben.send("/nick \(failing)")
                try ben.expectNotice(containing: "")
            }
            try ben.send("still me")
            try aisha.expect("ben: still me")
            try ben.send("/who")
            try ben.expect("* online: aisha, ben *")
            let other = try TestClient(kind, port: running.port(kind))
            try other.send("ben")
            try other.expect("* ben-2 joined the chat *")
        }
    }

    @Test(arguments: TransportKind.allCases)
    func whoIsCalledLikeANoticeIsNotToldOfAsOne(kind: TransportKind) throws {
        try withServer { running in
            let witness = try TestClient(kind, port: running.port(kind), name: "witness")
            let forger = try TestClient(kind, port: running.port(kind))
            try forger.send("* witness is now x *")
            try witness.expect("* witness x joined the chat *")
            try forger.send("/nick bob l\u{435}ft")
            try witness.expect("* witness x is now bob *")
        }
    }
}
