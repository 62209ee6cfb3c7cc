import Foundation
import TestSupport
import Testing

/// A study that is killed at random moments ends with the same bits as one that is not.
@Suite struct KilledStudyTests {
    /// Three jobs: a network, an autoencoder, and one that uses the results of both; small, but with everything in it
    /// that a study keeps.
    private static let script = """
        local folder = arg[1]
        local s = study.open(folder, {config = {steps = 60}, seed = 5})
        local trained = s:job("network/1", function(job)
            local network = nn.UNet{channels = {1, 2, 2, 2, 2}}
            local optimizer, sampler = optim.Adam(network, {lr = 1e-2}), study.RandomSampler(3)
            local volumes, losses = torch.randn(3, 1, 8, 8, 8), {}
            local loss = nn.SegmentationLoss()
            for step in job:steps(60, {network = network, optimizer = optimizer, sampler = sampler, losses = losses},
                {every_steps = 2}) do
                local volume = volumes[sampler:next()]:unsqueeze(1) + torch.randn(1, 1, 8, 8, 8) * 0.1
                local value = loss(network(volume), volume[1]:gt(0))
                optimizer:zero_grad()
                value:backward()
                optimizer:step()
                losses[step] = value:item()
            end
            return {losses = losses, weights = network:state_dict()}
        end)
        local prior = s:job("prior", {losses = #trained.losses}, function(job)
            local vae = bayes.KernelVAE({3, 3, 3}, {hidden_channels = 2})
            local training = vae:training(torch.randn(60, 3, 3, 3), {epochs = 25, batch_size = 16})
            local bounds = {}
            for epoch in job:steps(25, {training = training, bounds = bounds}, {every = 0}) do
                bounds[epoch] = {training:epoch()}
            end
            return {best = training:finish(), bounds = bounds, weights = vae:state_dict()}
        end)
        s:job("last/sum", function(job)
            local sum = torch.zeros(1)
            for step in job:steps(20, {sum = sum}, {every_steps = 1}) do
                sum:add_(torch.rand(1) * trained.losses[step] + prior.bounds[step][1])
            end
            return {sum = sum:item(), noise = torch.randn(4)}
        end)
        print("complete", table.concat(study.jobs(folder), " "))
        """

    /// The bytes of all files of a study's jobs, by name.
    private static func files(_ folder: String) throws -> [String: Data] {
        let jobs = folder + "/jobs"
        var files: [String: Data] = [:]
        for case let file as String in try #require(FileManager.default.enumerator(atPath: jobs)) {
            if file.hasSuffix(".safetensors") {
                files[file] = try Data(contentsOf: URL(fileURLWithPath: "\(jobs)/\(file)"))
            }
        }
        return files
    }

    @Test func thirtyKillsChangeNoBit() throws {
        let folder = NSTemporaryDirectory() + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let script = folder + "/study.lua"
        try Self.script.write(toFile: script, atomically: false, encoding: .utf8)
        let start = Date()
        let whole = try CommandProcess.run(CommandProcess.lunette, [script, folder + "/whole"])
        let duration = Date().timeIntervalSince(start)
        #expect(whole.output == "complete\tlast/sum network/1 prior\n", "\(whole.errors)")
        let expected = try Self.files(folder + "/whole")
        #expect(expected.keys.sorted() == ["last/sum", "network/1", "prior"].map { $0 + "/result.safetensors" })
        var (moments, kills, finished) = (SeededMoments(seed: 30), 0, 0)
        // After 30 kills the last study is brought to its end; those that end before make room for another.
        while kills < 30 || finished == 0 {
            let killed = "\(folder)/killed-\(finished)"
            let delay = kills < 30 ? moments.next() * duration / 3 : .infinity
            let outcome = try CommandProcess.run(CommandProcess.lunette, [script, killed]) { process in
                guard delay.isFinite else { return }
                Thread.sleep(forTimeInterval: delay)
                kill(process.processIdentifier, SIGKILL)
            }
            guard outcome.code != SIGKILL else {
                kills += 1
                continue
            }
            try #require(outcome.code == 0 && outcome.output == whole.output, "\(outcome.errors)")
            finished += 1
            let found = try Self.files(killed)
            #expect(found.keys.sorted() == expected.keys.sorted())
            for (name, bytes) in expected {
                let same = found[name] == bytes
                #expect(same, "\(name) differs")
            }
        }
    }

    @Test func aSecondProcessIsRefusedUntilTheFirstIsKilled() throws {
        let folder = NSTemporaryDirectory() + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let open = "local s = study.open('\(folder)')"
        let ready = folder + "/ready"
        _ = try CommandProcess.run(
            CommandProcess.lunette, ["-e", open + " io.open('\(ready)', 'w'):close() while true do end"]
        ) { first in
            try wait(forFile: ready, of: first)
            let second = try CommandProcess.run(CommandProcess.lunette, ["-e", open])
            #expect(
                second.errors.contains(
                    "\(folder)/study.lock: process \(first.processIdentifier) works in this folder"))
            #expect(second.code == 1)
            kill(first.processIdentifier, SIGKILL)
        }
        let third = try CommandProcess.run(CommandProcess.lunette, ["-e", open + " print('open')"])
        #expect(third.output == "open\n", "\(third.errors)")
    }
}

/// Shares of a time, the same for the same seed.
private struct SeededMoments {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    /// The next share, from 0 to 1 (SplitMix64).
    mutating func next() -> Double {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = (state ^ state >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return Double((mixed ^ mixed >> 31) >> 11) * 0x1p-53
    }
}
