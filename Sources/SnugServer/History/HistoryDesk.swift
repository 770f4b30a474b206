// SPDX-License-Identifier: Apache-2.0

internal import SnugHistory
internal import SnugRooms
internal import SnugSystem

/// Where what was said goes, and where it is read again.
///
/// Any thread may use it. Nothing here waits but ``close(until:)``: a thread of its own reads, and, where there is a file,
/// another one stores.
final class HistoryDesk: Sendable {
    /// How much is kept of each room.
    let retention: Retention

    /// Whether it is kept in a file.
    let isOnDisk: Bool

    /// What people are told about it.
    var kept: KeptHistory {
        KeptHistory(
            lines: retention.keepsNothing ? 0 : retention.lines,
            hours: retention.hours,
            isOnDisk: isOnDisk
        )
    }

    /// What says that numbers go on from those of an earlier start; nil if none is remembered.
    var epoch: String? { store.epoch.map { String($0, radix: 16) } }

    /// The greatest number that was appended.
    var lastSequence: UInt64 { store.lastSequence }

    private let store: any HistoryStore
    private let reads: HistoryReads
    private let confirmations: Confirmations
    private let thread: RunningThread
    private let faults: ReadFaults
    private let watch: StoringWatch
    /// Why what was said last is not stored; known at the end.
    private let loss = Lock<HistoryError?>(nil)

    /// Opens what keeps history, and begins.
    ///
    /// - Parameters:
    ///   - epoch: that of the order that several servers share, if this is one of them.
    ///   - report: told when storing stops and when it works again, and why something cannot be read; called on this
    ///     desk's threads.
    ///   - clock: the time in milliseconds since 1970, as in the lines.
    init(
        _ settings: HistorySettings,
        epoch: UInt64? = nil,
        report: @escaping ServerObserver,
        clock: @escaping @Sendable () -> Int64 = WallClock.milliseconds
    ) throws(ServerStartError) {
        faults = ReadFaults(report)
        retention = settings.retention
        isOnDisk = settings.file != nil
        let (confirmations, watch) = (Confirmations(), StoringWatch())
        self.confirmations = confirmations
        self.watch = watch
        let store = try Self.store(settings, epoch, confirmations, watch, loss, report, clock)
        self.store = store
        do throws(SystemError) {
            let reads = try HistoryReads()
            self.reads = reads
            // What is too old leaves the memory though nobody says or reads anything.
            if let memory = store as? MemoryHistory { reads.sweep { memory.forgetWhatIsTooOld() } }
            // Who reads may wait: those who talk go first.
            thread = try RunningThread(name: "snug-history", niceness: 10) {
                reads.run()
                store.close()
            }
        } catch {
            store.close()
            throw .system(error)
        }
    }

    deinit { reads.close() }

    private static func store(
        _ settings: HistorySettings,
        _ epoch: UInt64?,
        _ confirmations: Confirmations,
        _ watch: StoringWatch,
        _ loss: Lock<HistoryError?>,
        _ report: @escaping ServerObserver,
        _ clock: @escaping @Sendable () -> Int64
    ) throws(ServerStartError) -> any HistoryStore {
        guard let path = settings.file else {
            return MemoryHistory(retention: settings.retention, clock: clock)
        }
        let hasLost = Lock(false)
        do throws(HistoryError) {
            let (retention, clock) = (settings.retention, clock)
            let store = try SQLiteHistory(path: path, retention: retention, epoch: epoch, clock: clock) {
                event in
                // Ahead of confirmations that do not wait for the disk then.
                if case .stopped = event { watch.note(isStoring: false) }
                confirmations.take(event)
                if case .resumed = event { watch.note(isStoring: true) }
                switch event {
                case .stored(_, missing: []): break
                case .stored: hasLost.withLock { $0 = true }
                case .lost(let fault, let lines):
                    let error = HistoryError(path: path, fault: fault)
                    loss.withLock { $0 = error }
                    report(.historyLost(error, lines: lines))
                case .stopped(let fault): report(.historyStopped(HistoryError(path: path, fault: fault)))
                case .resumed(let records):
                    let hasLostLines = hasLost.withLock { lost in
                        defer { lost = false }
                        return lost
                    }
                    report(.historyResumed(hasLost: hasLostLines || records > 0))
                }
            }
            report(.historyKept(path: path, settings.retention))
            if store.unusableRecords > 0 { report(.historyLooksOdd(path: path, store.unusableRecords)) }
            return store
        } catch {
            throw .history(error)
        }
    }

    // MARK: The start

    /// What outlasted the last end, for a chat that starts now.
    ///
    /// Reads the disk. Before anything is appended.
    func durableState(at now: ChatTime, _ limits: ChatLimits) throws(ServerStartError) -> DurableState {
        do throws(HistoryError) {
            var state = try store.durableState()
            for room in try store.roomsWithLines() {
                state.lastLines += try store.lines(in: room, .before(.max), limit: 1).lines
            }
            let start = now.adding(milliseconds: -limits.refMilliseconds)
            state.lines = try store.linesWithRef(since: start.milliseconds, limit: limits.keptRefs)
            return state
        } catch {
            throw .history(error)
        }
    }

    // MARK: Storing

    /// Lines with these numbers may have been said and will not come: whoever reads over them is told so.
    func append(gap: ClosedRange<UInt64>) { if !retention.keepsNothing { store.append(.gap(gap)) } }

    /// Takes over what came of a request; under the chat's lock, so that everything is kept in its order.
    func append(_ outcome: Outcome) {
        guard isOnDisk else {
            if !retention.keepsNothing, let line = outcome.line { store.append(.line(line)) }
            return
        }
        for change in outcome.changes { store.append(.record(change)) }
        if let line = outcome.line {
            store.append(.line(line))
        } else if let event = outcome.events.last {
            store.append(.sequence(event.sequence))
        }
    }

    /// Calls `told` once everything up to that number is stored, without a file at once.
    ///
    /// At once also while nothing can be stored: the chat goes on then, and everyone is told so. What is called at
    /// once is called before this returns, so it must not take a lock that the caller holds.
    func whenStored(_ sequence: UInt64, then told: @escaping @Sendable () -> Void) {
        guard isOnDisk else { return told() }
        confirmations.wait(for: sequence, told)
    }

    /// Calls `body` whenever storing stops or works again, on the thread that stores, which stores nothing meanwhile.
    func whenStoringChanges(_ body: @escaping @Sendable (_ isStoring: Bool) -> Void) { watch.set(body) }

    // MARK: Reading

    /// Reads a page of a room, and calls `then` with it on the thread of this desk.
    ///
    /// A session asks for the next page when it has the last one: so no more wait than there are sessions.
    ///
    /// - Parameters:
    ///   - limit: at most so many lines, and never more than ``HistoryPage/maximumLines``.
    ///   - isWanted: asked when it is this page's turn: nothing is read for who is gone.
    /// - Returns: false if too many pages wait; then nothing is called.
    @discardableResult
    func read(
        _ room: RoomID,
        _ selection: LineSelection,
        limit: Int,
        ifWanted isWanted: @escaping @Sendable () -> Bool = { true },
        then: @escaping @Sendable (Result<HistoryPage, HistoryError>) -> Void
    ) -> Bool {
        let (store, faults) = (store, faults)
        return reads.add {
            guard isWanted() else { return }
            do throws(HistoryError) {
                then(.success(try store.lines(in: room, selection, limit: limit)))
            } catch {
                faults.note(error)
                then(.failure(error))
            }
        }
    }

    // MARK: The end

    /// Stores what was appended, and lets go of the file; what is appended later is lost.
    ///
    @discardableResult
    func close(until deadline: MonotonicTime? = nil) -> HistoryEnd {
        reads.close()
        guard thread.join(until: deadline) else { return .stuck }
        return loss.withLock { $0 }.map(HistoryEnd.lost) ?? .stored
    }
}
