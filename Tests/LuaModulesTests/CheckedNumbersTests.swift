import Foundation
import TestSupport
import Testing

/// Numbers of a user's and of files that are too large, too small or too many give the right value, or one clear error.
@Suite struct CheckedNumbersTests {
    /// Lines and what they give; of an error, how it begins.
    @Test(arguments: [
        Transcript(
            "bayes.KernelVAE({3, 3, 3}, {hidden_channels = 4}):sample(0)",
            "test:1: bad argument #1 'count' to 'sample' (1 or more expected, got 0)"),
        Transcript("bayes.KernelVAE({3, 3, 3}, {hidden_channels = 4}):decode(torch.zeros(0, 6)):size(1)", "0"),
        Transcript("nn.functional.conv3d(torch.zeros(0, 1, 4, 4, 4), torch.ones(2, 1, 3, 3, 3)):size(2)", "2"),
        Transcript("torch.zeros(3, 2):slice(1, 1, 3, math.maxinteger):size(1)", "1"),
        Transcript("torch.zeros(1, 4, 2^31, 5, 0)", "tensor 1x4x2147483648x5x0 float32, empty"),
        Transcript("torch.ones(1):expand(1 << 44):any()", "test:1: out of memory: 140.7 TB asked for, "),
        Transcript("torch.zeros(1 << 40)", "test:1: out of memory: 4.4 TB asked for, "),
        Transcript(
            "local t = {} for k = 45, 0, -1 do t[1 << k] = 1 end torch.zeros(t)",
            "test:1: bad argument #1 'size' to 'zeros' (list of integers expected, got a table with holes)"),
        Transcript(
            "local v, t = torch.zeros(1):expand(1 << 25), {} for i = 1, 1 << 20 do t[i] = v end torch.cat(t)",
            "test:1: out of memory: "),
        Transcript("torch.zeros(1, 1 << 40, 0):totable()", "test:1: a table of 1x1099511627776x0: out of memory: "),
        Transcript("torch.zeros(1 << 40, 0):split(1)", "test:1: out of memory: "),
        Transcript(
            "study.RandomSampler(1 << 33)",
            "test:1: bad argument #1 'count' to 'RandomSampler' (at most 2147483647 expected, got 8589934592)"),
        Transcript(
            "study.RandomSampler(1 << 30)",
            "test:1: bad argument #1 'count' to 'RandomSampler' (1 to 16777216 expected, got 1073741824)"),
        Transcript(
            "local v = bayes.KernelVAE({3, 3, 3}, {hidden_channels = 4}); "
                + "v:train(torch.randn(20, 3, 3, 3), {epochs = 1, batch_size = math.maxinteger})",
            "test:1: bad option 'batch_size' to 'train' (at most "),
        Transcript(
            "local n = nn.ReLU() for i = 1, 50000 do n = nn.Sequential(n) end",
            "test:1: Sequential: layers is nested 33 deep (expected at most 32 levels of layers within each other)"),
        Transcript(
            "local n = nn.ReLU() for i = 1, 31 do n = nn.Sequential(n, n) end",
            "test:1: Sequential: layers is more than 100000 "),
        Transcript(
            "local t = 1 for i = 1, 50000 do t = {t} end torch.tensor(t)",
            "test:1: bad argument #1 'data' to 'tensor' (lists nested too deeply)"),
        Transcript("bayes.FullCovariance(torch.randn(2, 1 << 20))", "test:1: out of memory: 35.2 TB asked for, "),
        Transcript("bayes.bank_of_kernels{a = torch.zeros(1 << 40, 0, 7)}", "test:1: out of memory: "),
        Transcript(
            "volumes.sliding_window(torch.zeros(1, 1, 1, 1, 1), print, {window = {1 << 20, 1 << 20, 1 << 20}})",
            "test:1: out of memory: "),
        Transcript("torch.arange(0, 1e300)", "test:1: arange: step is 1"),
        Transcript(
            "plot.histogram({0, 5e-324}, {range = {0, 5e-324}})",
            "test:1: 'range' is 0.0...5e-324: expected two finite numbers, the smaller first, that are not too close"),
    ])
    func valuesAndErrors(_ transcript: Transcript) throws {
        let text = try Transcript.run(transcript.code)
        #expect(text.hasPrefix(transcript.expected), "\(transcript.code) gave \(text)")
    }

    /// Emptied tensors have no more to print than others, and chains of any length are freed without recursion.
    @Test(arguments: [
        "torch.zeros(1, 4, 2^31, 5, 0):print()",
        "local t = torch.ones(1) for i = 1, 200000 do local u = torch.ones(1) u.grad = t t = u end",
        "local t = torch.ones(1) t.grad = t",
        "local t = torch.ones(1, {requires_grad = true}) for i = 1, 200000 do t = t + 1 end t:backward()",
    ])
    func ends(code: String) throws {
        let lua = try Transcript.newSession()
        try lua.run(code + " collectgarbage()")
    }

    /// Axes for ranges that cannot be cut into steps as they are.
    @Test(arguments: [
        "{0, 5e-324}", "{-1e308, 1e308}", "{1e308, 1e308}", "{1e16, 1e16 + 2}", "{0, 0}", "{0/0, 1/0}", "{-1/0, 1}",
        "{5e-324, 5e-324}", "{1, 1 + 2^-52}", "{}",
    ])
    func axes(numbers: String) throws {
        let folder = try TemporaryFolder()
        let (png, svg) = (folder.path("a.png"), folder.path("a.svg"))
        let lua = try Transcript.newSession()
        try lua.run(
            """
            local y = \(numbers)
            local x = {} for i = 1, #y do x[i] = i end
            for _, path in ipairs{'\(png)', '\(svg)'} do
                plot.curves({a = y}):save(path)
                plot.scatter({x = x, y = y}):save(path)
                plot.scatter({x = y, y = x}):save(path)
                plot.histogram({a = y}):save(path)
            end
            """)
        let text = String(decoding: try folder.bytes("a.svg"), as: UTF8.self)
        #expect(!text.contains("nan") && !text.contains("inf"))
    }

    /// Files that say that they hold more than there is memory for: the error names file, size and what there is.
    @Test func filesLargerThanMemory() throws {
        let folder = try TemporaryFolder()
        func sparse(_ name: String, _ head: [UInt8], _ bytes: Int64) throws -> String {
            let path = try folder.write(head, to: name)
            try #require(truncate(path, off_t(bytes)) == 0)
            return path
        }
        var nifti = [UInt8](repeating: 0, count: 352)
        func put<Value>(_ value: Value, at place: Int) {
            nifti.replaceSubrange(
                place..<place + MemoryLayout<Value>.size, with: withUnsafeBytes(of: value) { Array($0) })
        }
        put(Int32(348), at: 0)
        for (index, size) in [3, 8000, 8000, 15_625, 1, 1, 1, 1].enumerated() { put(Int16(size), at: 40 + 2 * index) }
        put(Int16(2), at: 70)
        put(Int16(8), at: 72)
        for index in 0..<8 { put(Float(1), at: 76 + 4 * index) }
        put(Float(352), at: 108)
        nifti.replaceSubrange(344..<347, with: Array("n+1".utf8))
        let numbers = 2_000_000_000_000
        let header = "{'descr': '|u1', 'fortran_order': False, 'shape': (\(numbers),), }"
        let numPy: [UInt8] = [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(header.utf8.count), 0] + Array(header.utf8)
        let tensors = "{\"a\":{\"dtype\":\"U8\",\"shape\":[\(numbers)],\"data_offsets\":[0,\(numbers)]}}"
        let safeTensors = [UInt8(tensors.utf8.count)] + [UInt8](repeating: 0, count: 7) + Array(tensors.utf8)
        let files = [
            (try sparse("a.nii", nifti, 352 + 8000 * 8000 * 15_625), "volumes.read", "4.0 TB"),
            (try sparse("a.npy", numPy, Int64(numPy.count + numbers)), "torch.load", "8.0 TB"),
            (try sparse("a.safetensors", safeTensors, Int64(safeTensors.count + numbers)), "torch.load", "8.0 TB"),
        ]
        for (path, function, size) in files {
            let text = try Transcript.run("\(function)('\(path)')")
            #expect(text.contains(path) && text.contains("out of memory: \(size) asked for, "), "\(text)")
        }
    }
}
