// SPDX-License-Identifier: Apache-2.0

/// Deadlines in order of time: a binary heap.
///
/// A deadline that moved or whose registration ended is recognised when its time comes, so that moving one, which
/// happens with each line a member sends, costs nothing. Once most entries are such, all of them go at once.
struct DeadlineQueue {
    private var heap: [Entry] = []

    private struct Entry {
        let time: MonotonicTime
        let id: RegistrationID
    }

    var earliest: MonotonicTime? { heap.first?.time }

    var count: Int { heap.count }

    mutating func removeAll(where isObsolete: (MonotonicTime, RegistrationID) -> Bool) {
        // What is in order is a heap as well.
        heap = heap.filter { !isObsolete($0.time, $0.id) }.sorted { $0.time < $1.time }
    }

    mutating func insert(_ time: MonotonicTime, id: RegistrationID) {
        heap.append(Entry(time: time, id: id))
        var child = heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard heap[child].time < heap[parent].time else { break }
            heap.swapAt(child, parent)
            child = parent
        }
    }

    mutating func popDue(by now: MonotonicTime) -> (time: MonotonicTime, id: RegistrationID)? {
        guard let first = heap.first, first.time <= now else { return nil }
        heap.swapAt(0, heap.count - 1)
        heap.removeLast()
        sinkRoot()
        return (first.time, first.id)
    }

    private mutating func sinkRoot() {
        var parent = 0
        while true {
            let left = 2 * parent + 1
            guard left < heap.count else { return }
            let right = left + 1
            let child = right < heap.count && heap[right].time < heap[left].time ? right : left
            guard heap[child].time < heap[parent].time else { return }
            heap.swapAt(child, parent)
            parent = child
        }
    }
}
