import Foundation
import LuaBridge
import Study
import Support

/// The first lines of examples: an open study in a folder of its own.
let studyExample = "local s = study.open(os.tmpname() .. '-study'); "

private let path = Parameter("path", Path.self, "the folder of a study")

extension LuaModule {
    /// Functions that open folders and read results.
    static let studyFolders = [
        LuaFunction(
            "open",
            "Opens the folder of a study, or makes it; it is this process's until it ends or closes the study, unless it "
                + "is shared.", path,
            Option(
                "config", StoredValue.self, "what the results depend on: a table; another one than before is refused"),
            Option(
                "seed", Int.self, in: .any, default: 0, "what the jobs' random numbers depend on, with their names"),
            Option(
                "shared", Bool.self, default: false,
                "whether other processes work on it, too, on this machine or others that see the folder: each job is "
                    + "one's at a time"),
            Option(
                "stale_after", Double.self, in: .positive, default: JobClaim.defaultStaleAfter,
                "seconds without a sign of life after which a job is taken over from another machine; one whose process "
                    + "has ended on this one is at once"),
            returns: "study",
            example: "study.open(os.tmpname() .. '-study', {config = {steps = 90}, seed = 1}).seed == 1"
        ) { path, configuration, seed, isShared, staleAfter in
            try StudyFolder(
                path.text, configuration: configuration, seed: UInt64(bitPattern: Int64(seed)),
                staleAfter: isShared ? staleAfter : nil
            ) { message in StandardStream.warn(message) }
        },
        LuaFunction(
            "jobs", "Lists the names of the finished jobs of a study, which may be under way.", path,
            returns: "list of strings, sorted",
            example: "local path = os.tmpname() .. '-study'; local s = study.open(path); "
                + "s:job('a/b', function() return 1 end); assert(study.jobs(path)[1] == 'a/b')"
        ) { path in try StudyFolder.finishedJobs(in: path.text) },
        LuaFunction(
            "claims", "Lists who works on which job of a shared study.", path,
            returns:
                "list of {job, host, process, age, is_gone}: age in seconds since the last sign of life; is_gone where "
                + "the process has ended; host and process are nil where the claim does not tell",
            example: "local path = os.tmpname() .. '-study'; local s = study.open(path, {shared = true}); "
                + "s:job('a', function() assert(study.claims(path)[1].job == 'a') end); assert(#study.claims(path) == 0)"
        ) { path in
            try StudyFolder.claims(in: path.text).map { claim in
                StoredValue.fields([
                    "job": .text(claim.job), "host": claim.holder.map { .text($0.host) } ?? .nothing,
                    "process": claim.holder.map { .integer($0.process) } ?? .nothing, "age": .number(claim.age),
                    "is_gone": .boolean(claim.isGone),
                ])
            }
        },
        LuaFunction(
            "result", "Reads the result of a finished job of a study, which may be under way.", path,
            Parameter("name", String.self, "the job's name"),
            returns: "what the job returned; nil where it is not finished",
            example: "local path = os.tmpname() .. '-study'; local s = study.open(path); "
                + "s:job('a', function() return {dice = 0.5} end); assert(study.result(path, 'a').dice == 0.5)"
        ) { path, name in try StudyFolder.result(of: JobName(name), in: path.text) ?? .nothing },
        LuaFunction(
            "write_text", "Writes a text file, whole or not at all; the folder that it lies in is made.",
            Parameter("path", Path.self, "the file"), Parameter("text", String.self, "its contents"),
            example: "local path = os.tmpname() .. '-study/a.csv'; "
                + "study.write_text(path, 'n,dice'); assert(io.open(path))"
        ) { path, text in
            try FileSystem.makeFolder(path.text.parentPath)
            try WholeFile.replace(path.text, with: Data(text.rawBytes))
        },
        LuaFunction(
            "add_line",
            "Adds a line to a text file, all of it or nothing; several processes may add to a file at a time. The file is "
                + "made where there is none.", Parameter("path", Path.self, "the file"),
            Parameter("text", String.self, "the line, without its end"),
            example: "local path = os.tmpname(); study.add_line(path, 'a'); study.add_line(path, 'b'); "
                + "assert(io.open(path):read('a') == 'a\\nb\\n')"
        ) { path, text in try FileSystem.append(text + "\n", to: path.text) },
        LuaFunction(
            "make_folder", "Makes a folder, and those that it lies in, where they are missing.",
            Parameter("path", Path.self, "the folder"),
            example: "local path = os.tmpname() .. '-a/b'; study.make_folder(path); study.write_text(path .. '/c', '')"
        ) { path in try FileSystem.makeFolder(path.text) },
        LuaFunction(
            "environment", "Tells what results may depend on beside their settings: the program and the machine.",
            returns: "table of version, processor, cores, vectors (the instructions that the program was compiled for)",
            example: "study.environment().cores >= 1"
        ) {
            StoredValue.fields([
                "version": .text(Machine.programVersion), "processor": .text(Machine.processor),
                "cores": .integer(Machine.cores), "vectors": .text(Machine.vectors),
            ])
        },
    ]

    /// Functions that tell whether files are as they were written.
    static let studyFiles = [
        LuaFunction(
            "path_kind", "Tells what lies at a path, without following a link.",
            Parameter("path", Path.self, "any path"),
            returns: "'file', 'folder', 'link', or 'stream' for a pipe, a device or a socket; nil where nothing is",
            example: "assert(study.path_kind('/') == 'folder'); assert(study.path_kind(os.tmpname() .. '-a') == nil)"
        ) { path -> String? in
            if FileSystem.link(at: path.text) != nil { return "link" }
            return switch FileSystem.kind(path.text) {
            case .file: "file"
            case .folder: "folder"
            case .stream: "stream"
            case nil: nil
            }
        },
        LuaFunction(
            "checksum", "Gives the size and the CRC-32 of a regular file, by which changes of it are seen.",
            Parameter("path", Path.self, "the file"),
            Option(
                "quick", Bool.self, default: false,
                "whether of a gzip file only its ends are read, the last of which holds the CRC-32 of its contents"),
            returns: "a text such as '352-00c0ffee'",
            example: "local path = os.tmpname(); study.write_text(path, 'a'); "
                + "assert(study.checksum(path) == '1-e8b7be43')"
        ) { path, isQuick in try FileChecksum.text(of: path.text, isQuick: isQuick) },
    ]

    /// Functions that make samplers.
    static let samplers = [
        LuaFunction(
            "RandomSampler",
            "Makes an endless sequence of 1 to `count`: each once in random order, then all again in another.",
            Parameter("count", Int.self, in: .count, "how many numbers"), returns: "sampler, which checkpoints keep",
            example: "study.RandomSampler(1):next() == 1"
        ) { count in
            guard let sampler = RandomSampler(count: count) else {
                throw LuaArgumentError("count", "1 to \(RandomSampler.largest) expected, got \(count)")
            }
            return sampler
        }
    ]
}

extension RandomSampler: LuaObject {
    /// A sampler.
    public static let luaType = LuaType(
        "RandomSampler", "An endless sequence of 1 to n: each once in random order, then all again in another.",
        methods: [
            LuaFunction(
                "next", "Gives the next number; the session's generator draws the order of each pass.", this,
                GeneratorOption(), returns: "integer",
                example: "local s = study.RandomSampler(2); assert(s:next() + s:next() == 3)"
            ) { sampler, generator in sampler.next(generator) }
        ],
        metamethods: [LuaFunction("__len", "How many numbers there are.", this) { sampler in sampler.count }])
}

extension LuaModule {
    /// `study`: experiments of many jobs that can be stopped at any moment and started again.
    public static let study = LuaModule(
        "study", "Experiments of many jobs, which can be stopped at any moment and go on when they are started again.",
        functions: studyFolders + studyFiles + samplers,
        types: [StudyFolder.luaType, JobObject.luaType, StepLoop.luaType, RandomSampler.luaType])
}
