// SPDX-License-Identifier: Apache-2.0

import CoreMetrics
import Glibc
import Synchronization

/// A back end that prints each figure when it changes; yours sends them somewhere.
final class PrintedMetrics: MetricsFactory {
    private let figures = Mutex<[String: Double]>([:])

    func makeFloatingPointCounter(
        label: String,
        dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler {
        PrintedFigure(label, dimensions, self)
    }

    func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        PrintedFigure(label, dimensions, self)
    }

    fileprivate func change(_ name: String, by body: (Double) -> Double) {
        figures.withLock { figures in
            let before = figures[name]
            let after = body(before ?? 0)
            guard after != before else { return }
            figures[name] = after
            print("\(name) \(after)")
            fflush(nil)
        }
    }

    // What a server's figures are none of.
    func makeCounter(label _: String, dimensions _: [(String, String)]) -> any CounterHandler {
        NOOPMetricsHandler.instance
    }
    func makeRecorder(
        label _: String,
        dimensions _: [(String, String)],
        aggregate _: Bool
    ) -> any RecorderHandler {
        NOOPMetricsHandler.instance
    }
    func makeTimer(label _: String, dimensions _: [(String, String)]) -> any TimerHandler {
        NOOPMetricsHandler.instance
    }
    func destroyCounter(_: any CounterHandler) {}
    func destroyFloatingPointCounter(_: any FloatingPointCounterHandler) {}
    func destroyMeter(_: any MeterHandler) {}
    func destroyRecorder(_: any RecorderHandler) {}
    func destroyTimer(_: any TimerHandler) {}
}

/// One of them.
private final class PrintedFigure: FloatingPointCounterHandler, MeterHandler {
    private let name: String
    private let metrics: PrintedMetrics

    init(_ label: String, _ dimensions: [(String, String)], _ metrics: PrintedMetrics) {
        name = ([label] + dimensions.map { "\($0)=\($1)" }).joined(separator: " ")
        self.metrics = metrics
    }

    func increment(by amount: Double) { metrics.change(name) { $0 + amount } }
    func decrement(by amount: Double) { metrics.change(name) { $0 - amount } }
    func set(_ value: Double) { metrics.change(name) { _ in value } }
    func set(_ value: Int64) { set(Double(value)) }
    func reset() { set(0.0) }
}
