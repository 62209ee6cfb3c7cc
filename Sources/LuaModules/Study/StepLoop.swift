import Dispatch
import LuaBridge
import Study

/// The steps of a job, which go on from the last checkpoint; a generic `for` calls it for the next one.
final class StepLoop: LuaObject {
    /// How often a checkpoint is made.
    enum Interval {
        case seconds(Double)
        case steps(Int)
    }

    private let job: JobObject
    private let total: Int
    private let kept: [String: CheckpointedObject]
    private let interval: Interval
    private let bar: ProgressBar
    private var done: Int
    private var isInStep = false
    private var keptAt = DispatchTime.now()

    /// The loop of a job; restores the objects `kept` from the last checkpoint, if there is one.
    init(
        _ job: JobObject, total: Int, keeping kept: [String: CheckpointedObject], every interval: Interval,
        label: ProgressBar.Label
    ) throws {
        (self.job, self.total, self.kept, self.interval) = (job, total, kept, interval)
        done = try Self.restore(job, total: total, kept)
        bar = try ProgressBar(.numbers(total), label: label, done: done)
    }

    /// Restores the objects `kept` from the last checkpoint; returns how many steps it had done, 0 without one.
    private static func restore(_ job: JobObject, total: Int, _ kept: [String: CheckpointedObject]) throws -> Int {
        guard let state = try job.restore() else { return 0 }
        func shape(_ total: StoredValue?, _ names: [String]) -> StoredValue {
            .fields(["steps": total ?? .nothing, "keep": .list(names.sorted().map(StoredValue.text))])
        }
        guard case .table(let fields)? = state["keep"], let done = state["done"]?.integer else {
            throw LuaError(message: "job '\(job.job.name)' kept its last checkpoint outside of a loop of `steps`")
        }
        let names = fields.keys.map { $0.appended(to: "") }
        let differences = shape(state["steps"], names).differences(from: shape(.integer(total), Array(kept.keys)))
        guard differences.isEmpty else {
            throw StudyError.changed(
                path: "job '\(job.job.name)'", subject: "its loop was started", differences: differences)
        }
        for (name, object) in kept { try object.restore(state["keep"]?[name] ?? .nothing, name: name) }
        return done
    }

    /// Counts the step before as done and returns the next one; nil after the last.
    private func next() throws -> Int? {
        if isInStep {
            done += 1
            bar.advance()
            let signal = StopSignal.current
            if done == total || isDue || signal != nil { try keep() }
            if let signal, done < total {
                let text =
                    "job '\(job.job.name)' was stopped by SIG\(signal.rawValue) after step \(done), which is kept"
                throw LuaError(message: text)
            }
        }
        isInStep = done < total
        if !isInStep { bar.finish() }
        return isInStep ? done + 1 : nil
    }

    private var isDue: Bool {
        switch interval {
        case .steps(let steps): done % steps == 0
        case .seconds(let seconds):
            Double(DispatchTime.now().uptimeNanoseconds - keptAt.uptimeNanoseconds) >= seconds * 1e9
        }
    }

    private func keep() throws {
        var states: [String: StoredValue] = [:]
        for (name, object) in kept {
            do { states[name] = try object.state() } catch let error as LuaMismatch {
                throw LuaError(message: "'\(name)' cannot be kept (\(error.description))")
            }
        }
        try job.keep(.fields(["steps": .integer(total), "done": .integer(done), "keep": .fields(states)]))
        keptAt = .now()
    }

    static let luaType = LuaType(
        "StepLoop", "The steps of a job, for a generic `for`.",
        metamethods: [
            LuaFunction(
                "__call", "Gives a generic `for` the next step.", this, Parameter("state", LuaValue.self, ""),
                Parameter("control", LuaValue.self, ""), returns: "the step and the progress bar; nil at the end"
            ) { loop, _, _ in
                let step = try loop.next()
                return (step, step == nil ? nil : loop.bar)
            },
            LuaFunction(
                "__close", "Ends the bar where a `for` or a block is left.", this, Parameter("error", LuaValue.self, "")
            ) { loop, _ in loop.bar.finish() },
        ])
}
