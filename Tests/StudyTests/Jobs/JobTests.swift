import Foundation
import Study
import Tensors
import TestSupport
import Testing

struct JobTests {
    private func checkpoint(_ number: Int) -> Job.Checkpoint {
        Job.Checkpoint(state: .integer(number), seed: .max - UInt64(number), counter: UInt64(number))
    }

    private func files(_ folder: TemporaryFolder) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path + "/jobs/a").sorted()
    }

    @Test func `A job goes from checkpoint to checkpoint to its result`() throws {
        let folder = try TemporaryFolder()
        let study = try folder.study()
        let job = try Job(JobName("a"), in: study)
        #expect(try job.result() == nil && job.checkpoint() == nil)
        for number in 1...3 {
            try job.keep(checkpoint(number))
            let found = try #require(try Job(JobName("a"), in: study).checkpoint())
            #expect(found.state.integer == number && found.counter == UInt64(number))
            #expect(found.seed == .max - UInt64(number))
        }
        #expect(try files(folder) == ["checkpoint.safetensors", "previous.safetensors"])
        try job.finish(.fields(["dice": .number(0.5)]))
        #expect(try files(folder) == ["result.safetensors"])
        let same = try Job(JobName("a"), in: study).result()?.isIdentical(to: .fields(["dice": .number(0.5)]))
        #expect(same == true)
    }

    @Test func `Checkpoints that a killed process left beside a result go when the result is read`() throws {
        let folder = try TemporaryFolder()
        let job = try Job(JobName("a"), in: try folder.study())
        for number in 1...2 { try job.keep(checkpoint(number)) }
        let names = ["checkpoint.safetensors", "previous.safetensors"]
        let left = try names.map { try folder.bytes("jobs/a/" + $0) }
        try job.finish(.number(0.5))
        for (name, bytes) in zip(names, left) { try folder.write(bytes, to: "jobs/a/" + name) }
        #expect(try files(folder) == names + ["result.safetensors"])
        #expect(try job.result() != nil)
        #expect(try files(folder) == ["result.safetensors"])
    }

    @Test func `Of two results of a job in a shared study the first stays, and a difference is told of`() throws {
        let folder = try TemporaryFolder()
        let warnings = Warnings()
        let study = try folder.study(.nothing, seed: 1, warnings, staleAfter: 60)
        let job = try Job(JobName("a"), in: study)
        func result(_ value: Float) throws -> StoredValue {
            .fields(["dice": .number(0.5), "weights": .tensor(try Tensor([value, 2], shape: [2]))])
        }
        try job.finish(result(1))
        try job.finish(result(1))
        #expect(warnings.texts.isEmpty)
        try job.finish(result(1.0000001))
        #expect(
            warnings.texts == ["\(folder.path)/jobs/a: two results of this job differ; the first one is kept"])
        let kept = try job.result()?.isIdentical(to: result(1))
        #expect(kept == true)
    }

    @Test func `A job that ran within itself does not replace its result, and one whose study was closed keeps none`()
        throws
    {
        let folder = try TemporaryFolder()
        let warnings = Warnings()
        let study = try folder.study(.nothing, seed: 1, warnings)
        let (outer, inner) = (try Job(JobName("a"), in: study), try Job(JobName("a"), in: study))
        try inner.finish(.text("inner"))
        try outer.finish(.text("outer"))
        #expect(try outer.result()?.isIdentical(to: .text("inner")) == true)
        #expect(
            warnings.texts == ["\(folder.path)/jobs/a: two results of this job differ; the first one is kept"])
        let late = try Job(JobName("b"), in: study)
        study.close()
        #expect(throws: StudyError.self) { try late.finish(.text("late")) }
        #expect(try StudyFolder.finishedJobs(in: folder.path) == ["a"])
    }

    @Test func `A job of a shared study is one's at a time, one of a study alone has no claim`() throws {
        let folder = try TemporaryFolder()
        let alone = try folder.study()
        #expect(try Job(JobName("a"), in: alone).claim() == nil)
        alone.close()
        let studies = [try folder.study(staleAfter: 60), try folder.study(staleAfter: 60)]
        let first = try Job(JobName("a"), in: studies[0]).claim()
        guard case .taken(let claim)? = first else {
            Issue.record("the first one has no claim")
            return
        }
        guard case .held? = try Job(JobName("a"), in: studies[1]).claim() else {
            Issue.record("the second one has the claim, too")
            return
        }
        guard case .taken? = try Job(JobName("b"), in: studies[1]).claim() else {
            Issue.record("another job is not free")
            return
        }
        claim.release()
        guard case .taken? = try Job(JobName("a"), in: studies[1]).claim() else {
            Issue.record("the job is not free again")
            return
        }
    }

    @Test func `A job whose result is nothing is finished, too`() throws {
        let folder = try TemporaryFolder()
        let job = try Job(JobName("a"), in: try folder.study())
        try job.finish(.nothing)
        let same = try job.result()?.isIdentical(to: .nothing)
        #expect(same == true)
    }

    @Test func `A damaged checkpoint gives way to the one before it, and then to a new start`() throws {
        let folder = try TemporaryFolder()
        let warnings = Warnings()
        let job = try Job(JobName("a"), in: try folder.study(.nothing, seed: 1, warnings))
        for number in 1...3 { try job.keep(checkpoint(number)) }
        let (latest, previous) = ("jobs/a/checkpoint.safetensors", "jobs/a/previous.safetensors")
        var bytes = try folder.bytes(latest)
        bytes[bytes.count / 2] ^= 1
        try folder.write(bytes, to: latest)
        #expect(try job.checkpoint()?.state.integer == 2)
        #expect(warnings.texts.count == 1)
        #expect(warnings.texts.first?.hasPrefix("\(folder.path)/\(latest): damaged: ") == true)
        #expect(warnings.texts.first?.hasSuffix("; the one before it is taken, if there is one") == true)
        // The damaged one does not push the good one out.
        try job.keep(checkpoint(4))
        try folder.write(Array(try folder.bytes(latest).dropLast()), to: latest)
        #expect(try job.checkpoint()?.state.integer == 2)
        try folder.write([], to: previous)
        #expect(try job.checkpoint() == nil)
        #expect(warnings.texts.last?.hasSuffix("; the job starts again") == true)
    }

    @Test func `A damaged result is told of, and the job runs again`() throws {
        let folder = try TemporaryFolder()
        let warnings = Warnings()
        let job = try Job(JobName("a"), in: try folder.study(.nothing, seed: 1, warnings))
        try job.finish(.tensor(try Tensor.ones([10])))
        var bytes = try folder.bytes("jobs/a/result.safetensors")
        bytes[bytes.count - 1] ^= 1
        try folder.write(bytes, to: "jobs/a/result.safetensors")
        #expect(try job.result() == nil)
        #expect(
            warnings.texts == [
                "\(folder.path)/jobs/a/result.safetensors: damaged: its checksum is another; the job runs again"
            ])
    }

    @Test func `Other inputs than those of the result or the checkpoint are refused`() throws {
        let folder = try TemporaryFolder()
        let study = try folder.study()
        let job = try Job(JobName("a"), inputs: .fields(["n": .integer(5)]), in: study)
        let other = try Job(JobName("a"), inputs: .fields(["n": .integer(10)]), in: study)
        try job.keep(checkpoint(1))
        let reason =
            "job 'a' was started with other values: inputs.n = 5 before, 10 now "
            + "(take another folder, or the old values)"
        #expect(
            thrownMessage { _ = try other.checkpoint() } == "\(folder.path)/jobs/a/checkpoint.safetensors: \(reason)")
        try job.finish(.nothing)
        #expect(thrownMessage { _ = try other.result() } == "\(folder.path)/jobs/a/result.safetensors: \(reason)")
        // The file of another job, moved here by hand.
        try Job(JobName("b"), in: study).finish(.nothing)
        try folder.write(try folder.bytes("jobs/a/result.safetensors"), to: "jobs/b/result.safetensors")
        #expect(
            thrownMessage { _ = try Job(JobName("b"), in: study).result() }?.contains("job = \"a\" before, \"b\" now")
                == true
        )
    }

    /// FullDiskTests tries the rest, in a process of its own.
    @Test func `A result that finds no room leaves the checkpoint`() throws {
        let folder = try TemporaryFolder()
        let job = try Job(JobName("a"), in: try folder.study())
        try job.keep(checkpoint(1))
        let path = folder.path + "/jobs/a/result.safetensors"
        #expect(symlink("/dev/full", path) == 0)
        #expect(thrownMessage { try job.finish(.nothing) } == "\(path): No space left on device")
        #expect(try job.checkpoint()?.state.integer == 1)
    }
}
