// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import SnugProgram
internal import SnugSystem
internal import SnugTransport
internal import SnugWire

/// From options to recordings, from recordings to a report.
///
/// Nothing is written before everything is there, so a signal can end the process at any time without leaving half of
/// anything behind; servers and clients are threads of this process and go with it.
struct WireProgram {
    let options: WireCommand

    func run() throws(Failure) {
        try prepareProcess()
        if let sentence = EnvironmentOptions.leftAside { standardError(sentence) }
        let scenario = try readScenario()
        try checkFolder()
        let sniffer = try options.live ? startSniffer() : nil
        let times = options.level == 0 ? "three times" : "three times at each level"
        standardError("playing the chat \(times), and attacking it: this takes some seconds")
        let recordings = try record(scenario, .zero, sniffer)
        let levelOne = try options.level == 0 ? [] : record(scenario, .one, sniffer)
        let live = sniffer.map { LiveCheck(recordings + levelOne, against: $0.stop()) }
        let attacks = try wire { () throws(WireError) in try WireAttacks.outcomes() }
        let thefts = try options.level == 0 ? [] : wire { () throws(WireError) in try TokenTheft.outcomes() }
        let report = WireReport(
            recordings: recordings,
            attacks: attacks,
            live: live,
            scenario: scenario,
            levelOne: options.level == 0 ? nil : LevelOneEvidence(recordings: levelOne, thefts: thefts),
            origin: ReportOrigin(
                date: UnixTime.now.description,
                versions: ["snug \(programVersion)", "GnuTLS \(gnuTLSVersion)"]
            )
        )
        let json = report.json()
        try write(recordings + levelOne, html: report.html(), json: json)
        try print(options.json ? json : text(of: report))
        standardError("wrote the captures, report.html and wire.json to \(options.out)/")
        guard report.allClaimsHeld else {
            throw Failure(
                "not every claim held",
                hint: "the claims in \(options.out)/report.html say which",
                code: .failure
            )
        }
    }

    /// The gist comes last, where a terminal shows it.
    private func text(of report: WireReport) -> String {
        // The commands in it are to work wherever they are typed.
        let folder = FilePath.absolute(options.out)
        let summary = report.terminalSummary(folder: ShellWord.quoted(folder))
        return options.all ? report.terminalText(colour: wantsColour) + "\n" + summary : summary
    }

    private func prepareProcess() throws(Failure) {
        ProcessHardening.ignoreBrokenPipeSignal()
        ProcessHardening.forbidCoreDumps()
        ProcessHardening.removeKeyLogVariable()
        do throws(ProcessHardening.OutdatedGnuTLS) {
            try ProcessHardening.requireGnuTLS()
        } catch {
            throw Failure(error.description, hint: error.hint, code: .badConfiguration)
        }
    }

    // MARK: Before the run

    private func readScenario() throws(Failure) -> Scenario {
        guard let path = options.script else { return .standard }
        let bytes: [UInt8]
        do throws(FileFault) {
            let limit = Scenario.scriptLimitBytes
            bytes = try InputFile(path: path, limitBytes: limit, protection: .none).readAll()
        } catch {
            throw Failure("\(path) \(error)", hint: error.hint(forFileAt: path), code: .badConfiguration)
        }
        do throws(ScriptError) {
            return try Scenario(script: bytes)
        } catch {
            throw Failure("\(path): \(error)", hint: error.hint, code: .badConfiguration)
        }
    }

    private func checkFolder() throws(Failure) {
        let taken: [String]
        do throws(SystemError) {
            taken = try StagedFiles.probe(folder: options.out, for: ReportFile.all)
        } catch { throw folderFailure(error) }
        guard taken.isEmpty else { throw takenFailure(" (\(taken.joined(separator: ", ")))") }
    }

    private func takenFailure(_ files: String = "") -> Failure {
        Failure(
            "\(options.out) already holds a report\(files)",
            hint: "choose another folder with --out, or remove this one",
            code: .badConfiguration
        )
    }

    private func folderFailure(_ error: SystemError) -> Failure {
        Failure(
            "the report cannot be written to \(options.out): \(error)",
            hint: "name a folder with --out that has room and that you may write to, in a folder that exists",
            code: .badConfiguration
        )
    }

    private func startSniffer() throws(Failure) -> LoopbackSniffer {
        do throws(SystemError) {
            return try LoopbackSniffer()
        } catch  where error.isNotPermitted {
            throw Failure(
                "you may not capture on the loopback interface: \(error)",
                hint:
                    "once for this program: sudo setcap cap_net_raw+ep \(ProgramFile.path); or for one run: "
                    + "sudo \(ProgramFile.path) --live; or without root: "
                    + "unshare -rn sh -c 'ip link set lo up && \(ProgramFile.path) --live'",
                code: .refused
            )
        } catch {
            throw Failure(
                "the loopback interface cannot be captured on: \(error)",
                hint: "leave --live out: the comparison is the same without it",
                code: .failure
            )
        }
    }

    // MARK: The run

    private func record(
        _ scenario: Scenario,
        _ level: WireLevel,
        _ sniffer: LoopbackSniffer?
    ) throws(Failure) -> [RunRecording] {
        var recordings: [RunRecording] = []
        for mode in WireMode.allCases {
            let run = ScenarioRun(
                scenario,
                mode: mode,
                level: level,
                keepsKeys: options.withKeys && mode == .tls,
                sniffer: sniffer
            )
            recordings.append(try wire { () throws(WireError) in try run.record() })
        }
        return recordings
    }

    private func wire<Result>(_ body: () throws(WireError) -> Result) throws(Failure) -> Result {
        do throws(WireError) {
            return try body()
        } catch {
            throw Failure(error.description, hint: error.hint, code: .failure)
        }
    }

    // MARK: After the run

    private func write(_ recordings: [RunRecording], html: String, json: String) throws(Failure) {
        if options.withKeys {
            for recording in recordings where recording.mode == .tls {
                standardError(
                    "warning: \(recording.captureNameWithKeys) holds session keys: "
                        + "whoever has it can read that chat"
                )
            }
        }
        do throws(SystemError) {
            // All threads of the run have ended by now.
            try postponingSignals { () throws(SystemError) in
                var files = try StagedFiles(folder: options.out)
                for recording in recordings {
                    try files.stage(
                        recording.captureName,
                        isForEverybody: true,
                        PcapNG.file(of: recording).span.bytes
                    )
                    guard options.withKeys, recording.mode == .tls else { continue }
                    let readable = PcapNG.file(of: recording, includingKeys: true)
                    try files.stage(
                        recording.captureNameWithKeys,
                        isForEverybody: false,
                        readable.span.bytes
                    )
                }
                try files.stage(ReportFile.json, isForEverybody: true, Array(json.utf8).span.bytes)
                try files.stage(ReportFile.html, isForEverybody: true, Array(html.utf8).span.bytes)
                try files.publish(replacing: false)
            }
        } catch  where error.code == EEXIST {
            // Another run was quicker; the folder was free when this one began.
            throw takenFailure()
        } catch { throw folderFailure(error) }
    }

    private var wantsColour: Bool {
        let isOff = getenv("NO_COLOR").map { $0.pointee != 0 } ?? false
        return isatty(1) == 1 && !isOff
    }

    private func print(_ text: String) throws(Failure) {
        do throws(SystemError) {
            try Polling.write(Array((text + "\n").utf8), to: 1)
        } catch {
            throw Failure(
                "the comparison cannot be printed: \(error)",
                hint: "it is in \(options.out)/ all the same",
                code: .failure
            )
        }
    }
}

/// The files of a report beside the captures.
private enum ReportFile {
    static let html = "report.html"
    static let json = "wire.json"

    /// Everything that a report can consist of.
    static var all: [String] {
        let captures = WireLevel.allCases.flatMap { level in
            WireMode.allCases.flatMap { mode in
                [RunRecording.captureName(mode, level), RunRecording.captureNameWithKeys(mode, level)]
            }
        }
        return [html, json] + captures
    }
}
