import Foundation
import TestSupport
import Testing

/// What is repaired as files are read is said once, on the standard error; what would be rounded is not written.
@Suite struct RepairedTests {
    /// Makes a NIfTI-1 file of voxels 3 x 1 x 1; `fields` are numbers by their format and place in the header.
    private static let nifti = """
        local function nifti(type, bits, format, numbers, fields)
            local bytes = string.rep("\\0", 352)
            local function put(format, place, ...)
                local text = string.pack("<" .. format, ...)
                bytes = bytes:sub(1, place) .. text .. bytes:sub(place + #text + 1)
            end
            put("i4", 0, 348)
            put("i2i2i2i2i2i2i2i2", 40, 3, 3, 1, 1, 1, 1, 1, 1)
            put("i2i2", 70, type, bits)
            put("ffff", 76, 1, 1, 1, 1)
            put("f", 108, 352)
            put("h", 252, 1)
            put("z", 344, "n+1")
            for _, field in ipairs(fields or {}) do put(table.unpack(field)) end
            local path = arg[1] .. "/a.nii"
            local file = assert(io.open(path, "wb"))
            file:write(bytes)
            for _, number in ipairs(numbers) do file:write(string.pack("<" .. format, number)) end
            file:close()
            return path
        end

        """

    static let cases: [(code: String, output: String, warning: String)] = [
        (
            "nifti(8, 32, 'i4', {16777217, 5, 16777219})", "16777216 5 16777220",
            "2 of 3 voxels are beyond single precision, such as 16777217, which is read as 16777216"
        ),
        (
            "nifti(64, 64, 'd', {1e300, 0.1, 1})", "inf 0.100000001 1",
            "1 of 3 voxels are beyond single precision, such as 1e+300, which is read as inf"
        ),
        (
            "nifti(16, 32, 'f', {1, 2, 3}, {{'ff', 112, 2, 0/0}})", "2 4 6",
            "scl_inter is nan beside scl_slope 2.0; it counts as 0"
        ),
        (
            "nifti(16, 32, 'f', {1, 2, 3}, {{'B', 123, 5}})", "1 2 3",
            "xyzt_units is 5, an unknown unit of space; it counts as mm"
        ),
        ("nifti(16, 32, 'f', {0/0, 2, 1/0}, {{'ff', 112, 0, 0/0}})", "nan 2 inf", ""),
    ]

    private func run(_ code: String, folder: TemporaryFolder) throws -> CommandProcess.Outcome {
        let script = try folder.write(Array((Self.nifti + code).utf8), to: "s.lua")
        return try CommandProcess.run(CommandProcess.lunette, [script, folder.path])
    }

    @Test(arguments: cases) func isSaidOnceWhenRead(code: String, output: String, warning: String) throws {
        let folder = try TemporaryFolder()
        let outcome = try run(
            """
            local path = \(code)
            for i = 1, 2 do
                local data, words = volumes.read(path).data, {}
                for j = 1, 3 do words[j] = ("%.9g"):format(data[{1, 1, j}]:item()):gsub("-nan", "nan") end
                print(table.concat(words, " "))
            end
            """, folder: folder)
        #expect(outcome.output == "\(output)\n\(output)\n")
        #expect(outcome.errors == (warning.isEmpty ? "" : "warning: \(folder.path)/a.nii: \(warning)\n"))
    }

    @Test func isAnErrorWhenWritten() throws {
        let folder = try TemporaryFolder()
        let outcome = try run(
            """
            local scan = volumes.read(nifti(16, 32, 'f', {0/0, 2, 1/0}))
            print(scan)
            print((select(2, pcall(volumes.prepare, scan)):match("NaN or infinite in 2 voxels")))
            volumes.write(arg[1] .. "/c.nii", torch.rand(2, 2, 2), {dtype = "uint8", scale = true})
            for _, value in ipairs{0.25, 300} do
                print(select(2, pcall(volumes.write, "b.nii", torch.full({1, 1, 1}, value), {dtype = "uint8"})))
            end
            """, folder: folder)
        #expect(outcome.errors == "")
        let rest = ", or the option scale (uint8 holds whole numbers from 0 to 255)"
        #expect(
            outcome.output == """
                Volume(1x1x3, 1 x 1 x 1 mm, 2 to 2, 2 not finite)
                NaN or infinite in 2 voxels
                'dtype' is uint8: expected a type that holds 0.25\(rest)
                'dtype' is uint8: expected a type that holds 300.0\(rest)

                """)
    }
}
