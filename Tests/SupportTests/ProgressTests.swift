import Support
import Synchronization
import Testing

@Suite struct ProgressTests {
    /// A clock that is set by hand, and what was written.
    private final class Recorder: Sendable {
        let seconds = Mutex(0.0)
        let text = Mutex("")

        func sink(width: Int?) -> Progress.Sink {
            Progress.Sink(
                width: { width }, now: { self.seconds.withLock { $0 } },
                write: { line in self.text.withLock { $0 += line } })
        }

        func wait(_ time: Double) { seconds.withLock { $0 += time } }
        var written: String { text.withLock { $0 } }
    }

    @Test func onATerminalOneLineIsRewritten() {
        let recorder = Recorder()
        let progress = Progress(total: 100, label: "training", sink: recorder.sink(width: 80))
        progress.advance()
        #expect(recorder.written.isEmpty)
        recorder.wait(2)
        progress.advance(by: 19, postfix: "loss 0.31")
        #expect(recorder.written == "\rtraining: |██        | 20/100 20%, 2.0 s, ETA 8.0 s, 10.0/s, loss 0.31")
        progress.advance()
        recorder.wait(98)
        progress.advance(by: 79)
        progress.finish()
        progress.finish()
        progress.advance()
        let last = "\rtraining: |██████████| 100/100 100%, 1:40, 1.0/s, loss 0.31\n"
        #expect(recorder.written.hasSuffix("loss 0.31" + String(repeating: " ", count: 11) + last))
    }

    @Test func reportsComeTenTimesASecond() {
        let recorder = Recorder()
        let sink = Progress.Sink(now: { recorder.seconds.withLock { $0 } }) { report in
            recorder.text.withLock { $0 += "\(report.done)/\(report.total) [\(report.text)] " }
        }
        let progress = Progress(total: 100, label: "a", sink: sink)
        for _ in 0..<100 {
            recorder.wait(0.01)
            progress.advance()
        }
        progress.finish()
        progress.finish()
        let reports = recorder.written.split(separator: "]").dropLast()
        #expect((10...12).contains(reports.count))
        #expect(reports.first == "0/100 [a: 0/100 0%, 0.0 s")
        #expect(reports.last == " 100/100 [a: 100/100 100%, 1.0 s, 100.0/s")
    }

    @Test func elsewhereALineEveryTenSeconds() {
        let recorder = Recorder()
        let progress = Progress(total: 60, label: "work", sink: recorder.sink(width: nil))
        for _ in 0..<60 {
            recorder.wait(0.5)
            progress.advance()
        }
        progress.finish()
        let lines = recorder.written.split(separator: "\n")
        #expect(lines.count == 4)
        #expect(lines.first == "work: 20/60 33%, 10.0 s, ETA 20.0 s, 2.0/s")
        #expect(lines.last == "work: 60/60 100%, 30.0 s, 2.0/s")
    }

    @Test func aNarrowTerminalCutsTheLine() {
        let recorder = Recorder()
        let progress = Progress(total: 100, label: "a long label", sink: recorder.sink(width: 10))
        recorder.wait(1)
        progress.advance()
        #expect(recorder.written == "\ra long la")
    }

    @Test(
        arguments: [
            (0, "          "), (1, "▏         "), (37, "████▋     "), (80, "██████████"), (99, "██████████"),
        ])
    func theBarCountsEighthsOfItsBlocks(done: Int, blocks: String) {
        let recorder = Recorder()
        let progress = Progress(total: 80, label: "a", sink: recorder.sink(width: 60))
        recorder.wait(1)
        progress.advance(by: done)
        #expect(recorder.written.hasPrefix("\ra: |\(blocks)| \(done)/80 "))
    }

    @Test func anUnknownTotalAndSlowSteps() {
        let recorder = Recorder()
        let progress = Progress(total: 0, label: "reading", sink: recorder.sink(width: 80))
        recorder.wait(7200)
        progress.advance(by: 2)
        #expect(recorder.written == "\rreading: 2, 2:00:00, 3600.0 s each")
    }

    @Test func stepsDoneBeforeCountForTheShareNotForTheSpeed() {
        let recorder = Recorder()
        let progress = Progress(total: 100, label: "training", done: 60, sink: recorder.sink(width: 80))
        recorder.wait(2)
        progress.advance(by: 20)
        #expect(recorder.written == "\rtraining: |████████  | 80/100 80%, 2.0 s, ETA 2.0 s, 10.0/s")
    }

    @Test func anyThreadMayAdvance() {
        let recorder = Recorder()
        let progress = Progress(total: 1000, label: "threads", sink: recorder.sink(width: nil))
        ThreadPool.shared.run(1000) { _ in progress.advance() }
        recorder.wait(1)
        progress.finish()
        #expect(recorder.written == "threads: 1000/1000 100%, 1.0 s, 1000.0/s\n")
    }
}
