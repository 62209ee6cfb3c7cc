import Foundation
import LuaBridge
import Sessions
import Support

/// Runs the cells of a notebook, one after the other in one session, and keeps their outputs in it.
///
/// Text on the standard output and error, values shown with `display`, and the value of a cell's last expression become
/// outputs. Cells tagged `skip-execution` are left as they are; an error of one tagged `raises-exception` is expected.
/// A cell with a slider is run with each of its values, and last with the one that the variable had, or the first.
/// Numbers of cells count those that are run, from 1, as Jupyter does.
public struct NotebookRun {
    /// How a run ended.
    public enum Ending: Equatable, Sendable {
        /// All cells ran, and none failed unexpectedly.
        case complete
        /// A cell failed: the number of the first one that did, and why.
        case failed(cell: Int, reason: String)
        /// Ctrl-C stopped it, or another signal that asks a process to end.
        case interrupted(signal: Int32)
        /// A cell called `os.exit` with a status.
        case exited(cell: Int, status: Int)
    }

    /// The seconds that a cell may take; nil for as long as it likes.
    public var timeout: Double?
    /// Whether cells after one that failed are run.
    public var keepsGoing = false
    /// Called before each cell that is run with its number.
    public var onCell: (Int) -> Void = { _ in }
    /// Called after each cell that was run with the notebook as it is then; what it throws ends the run.
    public var afterCell: (Notebook) throws -> Void = { _ in }

    /// A run without a time limit, which ends at the first failure.
    public init() {}

    /// Runs the cells of `notebook` in `session`, a new one, which is closed then; `path` is what they see as `arg[0]`.
    public func run(_ notebook: inout Notebook, in session: Session, path: String = "") throws -> Ending {
        session.state.interruptPolicy = .stopThenTerminate
        session.state.exitStopsScript = true
        try session.state.setGlobal("arg", CommandLineTable(path: path))
        let signal = RunSignal()
        defer {
            // The limit covers finalisers, too: one that never ends would lose the outputs.
            let limit = timeout.map { TimeLimit(seconds: $0) }
            session.state.close()
            _ = limit?.end()
            signal.end()
        }
        for index in notebook.cells.indices { notebook.cells[index].forgetRun() }
        var (count, ending) = (0, Ending.complete)
        for index in notebook.cells.indices where notebook.cells[index].isRun {
            guard !Interrupt.isRequested else { return .interrupted(signal: RunSignal.last) }
            count += 1
            onCell(count)
            let error = try run(&notebook.cells[index], number: count, in: session)
            try afterCell(notebook)
            guard let error else { continue }
            if error.isInterrupt { return .interrupted(signal: RunSignal.last) }
            if let status = error.exitStatus {
                return ending == .complete ? .exited(cell: count, status: status) : ending
            }
            if notebook.cells[index].tags.contains("raises-exception") { continue }
            if ending == .complete { ending = .failed(cell: count, reason: error.message) }
            if !keepsGoing { return ending }
        }
        return ending
    }

    /// Why a cell failed.
    private struct Failure {
        let message: String
        let isInterrupt: Bool
        let exitStatus: Int?
    }

    private func run(_ cell: inout Cell, number: Int, in session: Session) throws -> Failure? {
        guard let slider = try cell.slider else { return try runOnce(&cell, number: number, in: session) }
        var outputs: [String: [JSON]] = [:]
        for value in try slider.order(in: session) {
            try session.state.run("\(slider.variable) = \(value)", name: "=slider")
            if let failure = try runOnce(&cell, number: number, in: session) { return failure }
            outputs[value] = cell.outputs
        }
        cell.sliderStates = slider.values.map { CellSlider.State(value: $0, outputs: outputs[$0] ?? []) }
        return nil
    }

    private func runOnce(_ cell: inout Cell, number: Int, in session: Session) throws -> Failure? {
        let record = OutputRecord()
        let capture = try OutputCapture { record.add($0, $1) }
        let sink = session.state.displaySink
        // Text printed earlier has to be captured before the value.
        sink.show = { bundle, id in
            capture.synchronise()
            record.add(bundle, id: id)
        }
        sink.clear = { waits in
            capture.synchronise()
            record.clear(waits: waits)
        }
        let start = Date()
        let limit = timeout.map { TimeLimit(seconds: $0) }
        let result = Result { () throws(LuaError) in try session.runCell(cell.source, name: "cell \(number)") }
        let isTimeout = limit?.end() ?? false
        capture.stop()
        // Finalisers may run, and print, between cells.
        sink.show = nil
        sink.clear = { _ in }
        cell.executionCount = number
        cell.outputs = record.outputs
        cell.note(start: start, end: Date())
        switch result {
        case .success(let bundle):
            if let bundle { cell.outputs.append(CellOutput.result(bundle, count: number)) }
            return nil
        case .failure(let error):
            var cellError = CellError(error, in: session.workspace)
            if isTimeout { (cellError.name, cellError.message) = ("Timeout", "stopped after \(timeout ?? 0) s") }
            cell.outputs.append(CellOutput.error(cellError))
            return Failure(
                message: cellError.message, isInterrupt: error.isInterrupt && !isTimeout,
                exitStatus: isTimeout ? nil : error.exitStatus.map { Int($0) })
        }
    }
}

extension CellSlider {
    /// The values in the order in which the cell is run: the one that the variable has comes last, or the first.
    fileprivate func order(in session: Session) throws -> [String] {
        let last = try values.first { value in
            guard case .boolean(true)? = try session.state.run("return \(variable) == \(value)", name: "=slider").first
            else { return false }
            return true
        }
        return values.filter { $0 != last ?? values[0] } + [last ?? values[0]]
    }
}

extension Cell {
    /// Whether a run executes this cell.
    public var isRun: Bool {
        kind == .code && !tags.contains("skip-execution") && !source.allSatisfy(\.isWhitespace)
    }

    /// Takes away what an earlier run left.
    fileprivate mutating func forgetRun() {
        guard kind == .code, !tags.contains("skip-execution") else { return }
        outputs = []
        sliderStates = []
        executionCount = nil
        metadata = metadata.setting("execution", to: nil)
    }

    /// Notes when it ran, as Jupyter does.
    fileprivate mutating func note(start: Date, end: Date) {
        func stamp(_ date: Date) -> JSON { .string(date.ISO8601Format(.init(includingFractionalSeconds: true))) }
        let times = [JSON.Member("iopub.status.busy", stamp(start)), .init("iopub.status.idle", stamp(end))]
        metadata = metadata.setting("execution", to: .object(times))
    }
}

/// The table `arg`: the notebook's path at 0.
private struct CommandLineTable: LuaEncodable {
    let path: String

    func push(on stack: LuaStack) throws(LuaError) {
        try stack.pushTable(hash: 1)
        try stack.setElement(0, path)
    }
}
