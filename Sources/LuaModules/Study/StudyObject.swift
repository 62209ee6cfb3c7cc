import LuaBridge
import Study
import Support

extension InSession<StudyFolder> {
    /// The result of a job: read from its file if the job is finished, otherwise made by `body`. Where another process
    /// that shares the study works on it: nil, and who that is.
    ///
    /// While `body` runs, the session's generator has the job's seed; afterwards it is as before. A new result is read
    /// back from the file, so that it has the same form and bits as one that was there.
    fileprivate func run(_ name: String, inputs: StoredValue, _ body: LuaCallback) throws -> LuaResults {
        let job = try Job(JobName(name), inputs: inputs, in: object)
        if let result = try job.result() { return LuaResults([result]) }
        switch try job.claim() {
        case .held(let holder): return LuaResults([LuaValue.none, holder?.description ?? "another process"])
        case .taken(let claim):
            defer { claim.release() }
            // It may have been finished while this process claimed it.
            if let result = try job.result() { return LuaResults([result]) }
            return LuaResults([try work(on: job, body)])
        case nil: return LuaResults([try work(on: job, body)])
        }
    }

    private func work(on job: Job, _ body: LuaCallback) throws -> StoredValue {
        let (seed, counter) = (generator.seed, generator.counter)
        defer { generator.restore(seed: seed, counter: counter) }
        generator.restore(seed: job.seed)
        let running = JobObject(job, generator)
        defer { running.end() }
        let result = try body(running, returning: LuaValue.self)
        do {
            try job.finish(StoredValue(result))
        } catch let error as LuaMismatch {
            throw LuaError(message: "bad result of job '\(job.name)' (\(error.description))")
        }
        return try job.result() ?? .nothing
    }
}

extension StudyFolder: LuaObject {
    /// A study.
    public static let luaType = LuaType(
        "Study", "A folder of jobs, which one process at a time works on, or several that share it.",
        isReleasable: true,
        methods: [
            .variable(
                "job",
                "Runs a job, or gives its result where it is finished. The session's random numbers begin anew in it.",
                Parameter("self", InSession<StudyFolder>.self, ""),
                Parameter("name", String.self, "such as 'n05/split2/DWP'"),
                Parameter(
                    "inputs", LuaEither<LuaCallback, StoredValue>.self,
                    "what the result depends on beside the configuration; others than before are refused; may be left out"
                ),
                Parameter(
                    "body", LuaCallback?.self, "called with the job; returns the result: numbers, tensors, tables"),
                returns: "the result, as it was read from the job's file; in a shared study, nil and whose it is where "
                    + "another process works on the job",
                example: studyExample + "assert(s:job('adding', {x = 1}, function(job) return {y = 1 + 1} end).y == 2)"
            ) { study, name, inputs, body in
                switch (inputs, body) {
                case (.first(let body), nil): return try study.run(name, inputs: .nothing, body)
                case (.second(let inputs), let body?): return try study.run(name, inputs: inputs, body)
                default: throw LuaArgumentError("body", "one function expected, as the last argument")
                }
            },
            LuaFunction(
                "close", "Lets another process work on the study; no job runs from now on.", this,
                example: studyExample + "s:close()"
            ) { study in study.close() },
        ],
        properties: [
            LuaProperty(
                "stop_signal",
                "While a shared study is open: 'TERM' or 'USR1' where that signal has come and the process is to leave, as a "
                    + "loop of `steps` does by an error once it has kept a checkpoint; else nil."
            ) { (_: StudyFolder) in StopSignal.current?.rawValue },
            LuaProperty("path", "The folder.") { (study: StudyFolder) in study.path },
            LuaProperty("seed", "What the jobs' random numbers depend on.") { (study: StudyFolder) in
                Int(truncatingIfNeeded: study.seed)
            },
        ],
        metamethods: [
            // A job that failed is garbage by then, which would go on holding the folder.
            LuaFunction(
                "__close", "Lets another process work on the study.", this, Parameter("error", LuaValue.self, "")
            ) { study, _ in study.close() }
        ])
}
