import Foundation
import Support
import TestSupport
import Testing
import Volumes

/// Folders of DICOM files that dcm2niix converts.
@Suite struct DICOMImportTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func write(_ dicom: HandMadeDICOM, slices: Int, in name: String) throws {
        try FileSystem.makeFolder(folder.path(name))
        for slice in 0..<slices {
            var file = dicom
            file.slice = slice
            try folder.write(file.bytes, to: "\(name)/\(dicom.series)-\(slice).dcm")
        }
    }

    @Test func convertsSeriesAndNamesTheRest() throws {
        try write(HandMadeDICOM(), slices: 4, in: "in/b")
        try write(HandMadeDICOM(series: 1, description: "Localizer"), slices: 3, in: "in/a")
        try write(HandMadeDICOM(series: 3, description: "ADC", imageType: "DERIVED\\PRIMARY"), slices: 4, in: "in/b")
        try write(HandMadeDICOM(series: 4, description: "one"), slices: 1, in: "in/b")
        var report = HandMadeDICOM(series: 5)
        report.storageClass = "1.2.840.10008.5.1.4.1.1.88.11"
        try folder.write(report.bytes, to: "in/report.dcm")
        try folder.write(Array("hello".utf8), to: "in/readme.txt")
        let result = try DICOMImport(of: folder.path("in"), to: folder.path("out/nifti"))
        let path = folder.path("out/nifti/2_t1_mprage.nii.gz")
        let series = try #require(result.series.first)
        #expect(result.series.count == 1 && series.path == path && series.number == 2 && series.frames == 1)
        #expect(series.description == "t1 mprage" && series.modality == "MR")
        #expect(series.shape == [4, 6, 5] && series.spacing == [3, 2, 1.5])
        let reasons = Dictionary(uniqueKeysWithValues: result.skipped.map { ($0.name, $0.reason) })
        #expect(
            reasons == [
                "readme.txt": "no DICOM file", "report.dcm": "no image: a structured report",
                "1_Localizer": "a localiser ('localizer' in its name or ImageType)",
                "3_ADC": "derived from other images (ImageType is DERIVED, PRIMARY)", "4_one": "a single slice",
            ])
        #expect(try FileSystem.names(in: folder.path("out/nifti")) == ["2_t1_mprage.json", "2_t1_mprage.nii.gz"])
        let sidecar = String(decoding: try folder.bytes("out/nifti/2_t1_mprage.json"), as: UTF8.self)
        #expect(!sidecar.contains("Nobody") && !sidecar.contains("secret"))
        try checkVoxels(of: path)
        // A second import finds the files in its way, and leaves them.
        let error = #expect(throws: VolumeError.self) {
            try DICOMImport(of: folder.path("in"), to: folder.path("out/nifti"))
        }
        #expect("\(error, default: "")".hasSuffix("2_t1_mprage.json: is there already; choose another folder"))
        #expect(try FileSystem.names(in: folder.path("out/nifti")).count == 2)
    }

    /// Each voxel is where its DICOM file says.
    private func checkVoxels(of path: String) throws {
        let volume = try Volume(contentsOf: path)
        for (index, value) in volume.values.enumerated() {
            let place = SIMD3(Double(index % 5), Double(index / 5 % 6), Double(index / 30))
            let world = volume.affine.world(place)
            let (column, row, slice) = ((10 - world.x) / 1.5, (20 - world.y) / 2, world.z / 3)
            let expected = HandMadeDICOM.value(
                row: Int(row.rounded()), column: Int(column.rounded()), slice: Int(slice.rounded()))
            #expect(Int(value) == expected)
        }
    }

    @Test func saysWhatIsWrong() throws {
        let empty = folder.path("empty")
        try FileSystem.makeFolder(empty)
        let file = try folder.write([1, 2, 3], to: "file")
        let cases: [(String, String, String, String)] = [
            ("/nowhere", empty, "dcm2niix", "/nowhere: no such file or folder"),
            (file, empty, "dcm2niix", "\(file): is a file, not a folder"),
            (empty, empty, "no-dcm2niix", "no-dcm2niix: not found; to install it, run: apt-get install dcm2niix"),
            (
                empty, folder.path("a"), "dcm2niix",
                "\(empty): dcm2niix made no volume of it (Error: Unable to find any DICOM"
            ),
            (empty, file, "dcm2niix", "\(file)"),
        ]
        for (input, output, program, expected) in cases {
            let error = #expect(throws: VolumeError.self) { try DICOMImport(of: input, to: output, program: program) }
            let text = "\(error, default: "")"
            #expect(text.hasPrefix(expected), "\(text)")
        }
        #expect(try FileSystem.names(in: empty) == [] && FileSystem.names(in: folder.path("a")) == [])
    }

    /// Whatever the bytes of slices are, an import ends in series, reasons or an error.
    @Test func survivesDamagedFiles() throws {
        let generator = RandomGenerator(seed: 3)
        for round in 0..<6 {
            try FileSystem.makeFolder(folder.path("in\(round)"))
            for slice in 0..<3 {
                var bytes = HandMadeDICOM(slice: slice).bytes
                for _ in 0..<3 { bytes[132 + generator.below(bytes.count - 132)] = UInt8(generator.below(256)) }
                if round % 2 == 1 { bytes.removeLast(generator.below(bytes.count - 200)) }
                try folder.write(bytes, to: "in\(round)/\(slice).dcm")
            }
            do throws(VolumeError) {
                let result = try DICOMImport(of: folder.path("in\(round)"), to: folder.path("out\(round)"))
                for series in result.series { #expect(FileSystem.exists(series.path)) }
            } catch {
                #expect("\(error)".contains("in\(round)"))
            }
        }
    }

    /// Side-cars that a program other than dcm2niix may leave: the series is left out, with the reason.
    @Test(arguments: [
        ("", "no JSON"), ("{\"a\": 1, \"a\": 2}", "comes twice"), ("[1]", ""), ("{\"ImageType\": 3}", ""),
        ("{\"SeriesNumber\": 1e300, \"Modality\": 5}", ""),
    ])
    func survivesSidecars(text: String, expected: String) throws {
        try FileSystem.makeFolder(folder.path("in"))
        try Volume([1, 2, 3, 4], grid: Grid(shape: [2, 1, 2])).write(to: folder.path("scan.nii.gz"))
        try folder.write(Array(text.utf8), to: "scan.json")
        let result = try converted(by: "")
        if expected.isEmpty {
            #expect(result.series.map(\.number) == [nil] && result.skipped.isEmpty)
        } else {
            #expect(result.series.isEmpty && result.skipped.first?.reason.contains(expected) == true)
            #expect(result.skipped.first?.reason.contains("\(folder.path("out"))/scan.json: text is ") == true)
        }
    }

    /// A series of which dcm2niix cannot tell where the slices lie is left out; its other warnings leave it in.
    @Test(arguments: [
        ("Warning: Interslice distance varies in this volume", true), ("Warning: Bogus spatial matrix", true),
        ("Unable to determine spatial orientation: 0020,0037 missing", true), ("Warning: Missing images?", false),
    ])
    func leavesOutUnknownGeometry(line: String, isLeftOut: Bool) throws {
        try FileSystem.makeFolder(folder.path("in"))
        try Volume([1, 2, 3, 4], grid: Grid(shape: [2, 1, 2])).write(to: folder.path("scan.nii.gz"))
        try folder.write(Array("{}".utf8), to: "scan.json")
        let result = try converted(by: "echo '\(line)'; echo \"Convert 2 DICOM as $2/scan (2x1x2x1)\"")
        #expect(result.series.count == (isLeftOut ? 0 : 1))
        #expect(FileSystem.exists(folder.path("out/scan.nii.gz")) != isLeftOut)
        #expect((result.skipped.first?.reason.contains("where its slices lie is not known") ?? false) == isLeftOut)
    }

    /// What is made of the folder "in" by a program that copies "scan.nii.gz" and "scan.json" and does as `code` says.
    private func converted(by code: String) throws -> DICOMImport {
        // It takes the folder of the results from behind "-o", as dcm2niix does.
        let code = "#!/bin/sh\nwhile [ \"$1\" != -o ]; do shift; done\ncp \(folder.path)/scan.* \"$2\"\n\(code)\n"
        // Written by another process: a program that this one has open while a test starts a process cannot be run.
        let (text, program) = (try folder.write(Array(code.utf8), to: "code"), folder.path("program"))
        #expect(try ChildProgram.run("/bin/sh", ["-c", "cp \(text) \(program) && chmod 755 \(program)"]).status == 0)
        return try DICOMImport(of: folder.path("in"), to: folder.path("out"), program: program)
    }
}
