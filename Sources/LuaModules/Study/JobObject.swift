import LuaBridge
import Sessions
import Study
import Support

/// A job as its function sees it.
final class JobObject: LuaObject {
    let job: Job
    private let generator: RandomGenerator
    private var hasEnded = false
    private var hasLoop = false

    init(_ job: Job, _ generator: RandomGenerator) { (self.job, self.generator) = (job, generator) }

    /// The job's function has returned or failed: nothing more may be kept.
    func end() { hasEnded = true }

    /// Writes a checkpoint of `state` and of the random numbers.
    func keep(_ state: StoredValue) throws {
        try requireRunning()
        try job.keep(Job.Checkpoint(state: state, seed: generator.seed, counter: generator.counter))
    }

    /// The state of the last checkpoint, nil where there is none; the random numbers go on from it, too.
    func restore() throws -> StoredValue? {
        try requireRunning()
        guard let checkpoint = try job.checkpoint() else { return nil }
        generator.restore(seed: checkpoint.seed, counter: checkpoint.counter)
        return checkpoint.state
    }

    private func requireRunning() throws(LuaError) {
        if hasEnded { throw LuaError(message: "job '\(job.name)' has ended") }
    }

    private func requireNoLoop() throws(LuaError) {
        if hasLoop { throw LuaError(message: "job '\(job.name)' has a loop of `steps`, which keeps its checkpoints") }
    }

    static let luaType = LuaType(
        "Job", "A piece of work whose result is kept, and which goes on from its last checkpoint.",
        methods: [
            .variable(
                "steps",
                "Goes through the steps of a loop, from the first that was not kept: what `keep` names has then "
                    + "the state that it had. A job has one such loop.", this,
                Parameter("total", Int.self, in: .countOrNone, "the number of steps"),
                Parameter(
                    "keep", [String: CheckpointedObject].self,
                    "all that a step changes: modules, optimizers, samplers, tables of numbers and tensors, by name"),
                Option("every", Double.self, in: .notNegative, default: 30, "seconds between checkpoints"),
                Option("every_steps", Int?.self, in: .count, "steps between checkpoints, in the place of seconds")
                    .excluding("every"),
                WithDisplaySink(
                    Option("label", String?.self, "what the progress bar is called; the job's name by default")),
                returns: "what `for` takes: in each turn it gives the step and the progress bar",
                example: studyExample + "s:job('a', function(job) local sums = {0}; "
                    + "for step in job:steps(3, {sums = sums}) do sums[1] = sums[1] + step end; assert(sums[1] == 6) end)"
            ) { object, total, kept, seconds, steps, label in
                try object.requireNoLoop()
                object.hasLoop = true
                let interval = steps.map(StepLoop.Interval.steps) ?? .seconds(seconds)
                let loop = try StepLoop(
                    object, total: total, keeping: kept, every: interval,
                    label: (label.value ?? object.job.name.description, label.sink))
                // `for` closes its fourth value however the loop ends, by `break` and errors too.
                return LuaResults([loop, LuaValue.none, LuaValue.none, loop])
            },
            LuaFunction(
                "checkpoint", "Keeps what the job goes on from, whole or not at all, and where the random numbers are.",
                this, Parameter("state", StoredValue.self, "numbers, strings, booleans, tensors, and tables of such"),
                example: studyExample + "s:job('a', function(job) job:checkpoint{done = 3} end)"
            ) { object, state in
                try object.requireNoLoop()
                try object.keep(state)
            },
            LuaFunction(
                "state",
                "Gives the state of the last checkpoint, from which the random numbers go on, too. Ask for it "
                    + "after all that a job begins with: what is made then draws the same numbers as before.", this,
                returns: "what `checkpoint` was given; nil where nothing was kept",
                example: studyExample + "s:job('a', function(job) assert(job:state() == nil); job:checkpoint(5); "
                    + "assert(job:state() == 5) end)"
            ) { object in
                try object.requireNoLoop()
                return try object.restore() ?? .nothing
            },
        ],
        properties: [
            LuaProperty("name", "The job's name.") { (object: JobObject) in object.job.name.description },
            LuaProperty("seed", "The seed of the job's random numbers, made of the study's and the name.") {
                (object: JobObject) in Int(truncatingIfNeeded: object.job.seed)
            },
        ])
}
