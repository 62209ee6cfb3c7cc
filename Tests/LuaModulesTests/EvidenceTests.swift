import Foundation
import LuaBridge
import TestSupport
import Testing

/// Studies at several steps of a shift, and what is wrong in their values.
@Suite struct EvidenceTests {
    private static let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    private static let scripts = tests.deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Scripts").path

    @Test func comparesEveryMethodAtEveryStep() throws {
        let script = Self.tests.appendingPathComponent("Scripts/evidence.lua").path
        let results = try Transcript.newSession().runFile(
            script, arguments: [.string(Self.scripts), .string(TemporaryFolder().path("evidence"))])
        guard case .string(let text)? = results.first else {
            Issue.record("the script returned \(results)")
            return
        }
        #expect(text.hasPrefix("question,step,n,method,over,mean,gain,low,high,p,corrected,comparisons\n"))
    }

    /// What is called wrong in the values of a study.
    @Test(arguments: [
        ("variants={x={'DWP',{source_steps=3}}}", "variant x: 'source_steps' is a value of the whole study"),
        ("variants={x={'DWP',{beta=-1}}}", "variant x: a number of 0 or more expected for 'beta', got -1"),
        ("variants={x={'DWP'}}", "--set: a table of methods, each as in {'DWP', {beta = 0.1}} expected for 'variants'"),
        ("variants={x={'XYZ',{beta=1}}}", "unknown method 'XYZ'"),
        ("variants={RI={'DWP',{beta=1}}}", "there is a method 'RI' already"),
        ("tuning={RI={splits={1}}}", "tuning of RI: 'splits' is a value of the whole study"),
        ("tuning={DWP={start={'moon'}}}", "tuning of DWP: one of uniform, normal, prior, bank expected for 'start'"),
        ("tuning={RI={rl={1}}}", "tuning of RI: unknown value 'rl'"),
        ("tuning_budget=0", "--set: a whole number of 1 or more, or false expected for 'tuning_budget', got 0"),
        ("methods={DWP,RI}", "--set: a list of texts expected for 'methods', got \"{DWP,RI}\""),
        ("overlap=2", "--set: numbers from 0 to 0.9 expected for 'overlap', got 2"),
        ("beta=1/0", "--set: numbers from 0 to 1e+06 expected for 'beta', got inf"),
        ("variants={x={'DWP',{beta=1/0}}}", "variant x: numbers from 0 to 1e+06 expected for 'beta', got inf"),
        ("augment_probability=5", "--set: numbers from 0 to 1 expected for 'augment_probability', got 5"),
        ("rank=9223372036854775807", "--set: numbers from 1 to 64 expected for 'rank', got 9223372036854775807"),
        ("tuning={DWP={rank={2,65}}}", "tuning of DWP: numbers from 1 to 64 expected for 'rank', got 65"),
        ("tolerance=1e308", "--set: numbers from 1e-06 to 10000 expected for 'tolerance', got 1e+308"),
        ("patch={16,16,2000}", "--set: numbers from 1 to 1024 expected for 'patch', got 2000"),
        ("spacing=1e-9", "--set: numbers from 0.001 to 1000 expected for 'spacing', got 1e-09"),
        ("snapshots=100", "snapshots: at most source_steps, 60, expected, got 100"),
        ("shift={thickness=1/0}", "shift: thickness: a finite number expected, got inf"),
        ("source_layout=x", "source_layout: one of ms, brats, bids, nnunet, decathlon and pairs expected, got 'x'"),
        ("orientation=ABC", "orientation: three letters such as 'RAS' expected, got 'ABC'"),
        ("channels={1,4}", "--set: five whole numbers of 1 or more, or false expected for 'channels', got {1, 4}"),
        ("methods={a='DWP'}", "--set: a list of texts expected for 'methods', got {a = \"DWP\"}"),
        ("priors={a='x.lua'}", "--set: a list of texts expected for 'priors', got {a = \"x.lua\"}"),
        ("sizes={2,n=3}", "--set: a list of whole numbers of 1 or more expected for 'sizes', got {2, n = 3}"),
        ("target_mask='a'", "target_mask: 'a' needs the folder that it lies in, target=FOLDER"),
        ("sizes={2,2}", "--set: each once expected in 'sizes', got 2 twice"),
        ("methods={'RI','RI'}", "--set: each once expected in 'methods', got \"RI\" twice"),
        ("tuning={RI={lr={1e-3,0.001}}}", "tuning of RI: each once expected in 'lr', got 0.001 twice"),
        ("tuning={XYZ={lr={1e-3}}}", "unknown method 'XYZ'"),
        ("shift=3", "--set: a table of options by name, or false expected for 'shift', got 3"),
    ])
    func wrongValues(_ assignment: String, message: String) throws {
        let code = """
            package.path = '\(Self.scripts)/?.lua;' .. package.path
            local configuration, run = require 'study.configuration', require 'study.run'
            local _, found = pcall(function()
                run.add_methods(configuration.make('smoke', {\(String(reflecting: assignment))}))
            end)
            return found
            """
        #expect(try Transcript.run(code).hasPrefix(message))
    }

    /// Options of a study's data set are the user's: what is wrong in them is said in a line, without a traceback.
    @Test func wrongShift() throws {
        let folder = try TemporaryFolder()
        let code = """
            package.path = '\(Self.scripts)/?.lua;' .. package.path
            local command, Data = require 'study.command', require 'study.data'
            local phantoms = {parent = '\(folder.path(""))', count = 1, size = {16, 16, 16}, seed = 1}
            local _, found = command.try(Data.dataset, 'source', nil, {shift = {thicknes = 3}}, phantoms)
            return found
            """
        #expect(
            try Transcript.run(code)
                == "source: shift: no such option of volumes.shift, did you mean 'thickness'? in field 'thicknes'")
    }

    @Test(arguments: [
        (
            "tuning={RI={lr={1e-3}},PR={lr={1e-3,1e-2}}}",
            "as many candidates for every method expected, got PR 2 and RI 1"
        ),
        ("methods={'DWP','RI'}", "methods: 'PR' expected among them"),
    ])
    func unequalTerms(_ assignment: String, message: String) throws {
        let code = """
            package.path = '\(Self.scripts)/?.lua;' .. package.path
            local configuration, gains = require 'study.configuration', require 'evidence.gains'
            local _, found = pcall(gains.check, configuration.make('smoke', {\(String(reflecting: assignment))}))
            return found
            """
        #expect(try Transcript.run(code).contains(message))
    }
}
