import Foundation
import Support

/// NIfTI files made of a folder of DICOM files by dcm2niix, and what was left out.
///
/// Source: Li et al., The first step for neuroimaging data analysis: DICOM to NIfTI conversion, Journal of Neuroscience
/// Methods 264 (2016).
public struct DICOMImport: Equatable, Sendable {
    /// A series that became a NIfTI file.
    public struct Series: Equatable, Sendable {
        /// The path of the NIfTI file; beside it is the side-car, with .json instead of .nii.gz.
        public let path: String
        /// The number of the series; nil where the side-car has none.
        public let number: Int?
        /// The scanner's name for it, or "".
        public let description: String
        /// MR, CT and so on, or "".
        public let modality: String
        /// Depth, height, width.
        public let shape: [Int]
        /// The distances between voxels in mm, in the same order.
        public let spacing: [Double]
        /// How many volumes the file holds.
        public let frames: Int
    }

    /// What was left out, and why.
    public struct Skipped: Equatable, Sendable {
        /// A file of the folder, by its path below it, or the name of a series.
        public let name: String
        /// Why, in words.
        public let reason: String
    }

    /// The series that are in the folder now, by the names of their files.
    public let series: [Series]
    /// The files and series that are not.
    public let skipped: [Skipped]

    /// The words by which localisers are known.
    private static let localisers = ["localizer", "localiser", "scout", "survey", "3-plane", "3plane", "aahead"]

    /// What dcm2niix says where it cannot tell, or NIfTI cannot hold, where the slices lie.
    private static let unknownGeometry = [
        "Interslice distance varies", "Bogus spatial matrix", "Unable to determine spatial orientation",
    ]

    /// Makes NIfTI files with side-cars in `output` of the DICOM files in `folder` and in those within it.
    ///
    /// Localisers, derived images, single slices, files without images and series whose slices lie at unknown or uneven
    /// distances are left out; what else dcm2niix warns of is a warning. Side-cars and names of files hold no names of
    /// patients. Throws where dcm2niix is missing or makes nothing, and where a file that would be
    /// written is there already; nothing is then written.
    public init(of folder: String, to output: String) throws(VolumeError) {
        try self.init(of: folder, to: output, program: "dcm2niix")
    }

    /// As `init(of:to:)`, by the program that is found by the name or path `program` and takes dcm2niix's arguments.
    package init(of folder: String, to output: String, program name: String) throws(VolumeError) {
        guard let kind = FileSystem.kind(folder) else { throw .missing(path: folder) }
        guard kind == .folder else { throw .system(path: folder, reason: "is a file, not a folder") }
        guard let program = ChildProgram.path(of: name) else {
            throw .system(path: name, reason: "not found; to install it, run: apt-get install dcm2niix")
        }
        let (images, others) = try Self.files(in: folder)
        let temporary = "\(output)/.dcm2niix-\(getpid())"
        try VolumeError.wrapping { try FileSystem.makeFolder(temporary) }
        defer { Self.remove(temporary) }
        let message = try Self.convert(folder, to: temporary, program)
        let names = try VolumeError.wrapping { try FileSystem.names(in: temporary) }
        var (series, skipped, moves) = ([Series](), others, [String]())
        for file in names where file.hasSuffix(".nii.gz") {
            let stem = String(file.dropLast(7))
            let warnings = message.warnings[stem] ?? []
            switch try Self.result("\(temporary)/\(stem)", as: "\(output)/\(file)", warnings) {
            case .success(let made):
                for warning in warnings { StandardStream.warnOnce("\(made.path.shown): dcm2niix: \(warning)") }
                series.append(made)
                moves += names.filter { $0.hasPrefix(stem + ".") }
            case .failure(let reason): skipped.append(Skipped(name: stem, reason: reason.text))
            }
        }
        guard names.contains(where: { $0.hasSuffix(".nii.gz") }) else {
            throw .system(path: folder, reason: "dcm2niix made no volume of it (\(message.last))")
        }
        if message.converted < images {
            let lost = images - message.converted
            skipped.append(
                Skipped(
                    name: folder.lastPathPart,
                    reason: "\(lost) of \(images) images were not converted (\(message.last))"))
        }
        for file in moves where FileSystem.exists("\(output)/\(file)") {
            throw .system(path: "\(output)/\(file)", reason: "is there already; choose another folder")
        }
        try Self.move(moves, from: temporary, to: output)
        (self.series, self.skipped) = (series, skipped)
    }

    /// Moves files from one folder to another that has none of these names: all or none.
    private static func move(_ files: [String], from folder: String, to output: String) throws(VolumeError) {
        for (place, file) in files.enumerated() {
            do throws(FileError) {
                try WholeFile.move("\(folder)/\(file)", to: "\(output)/\(file)")
            } catch {
                for moved in files[...place] { FileSystem.remove("\(output)/\(moved)") }
                throw .system(path: error.path, reason: error.reason)
            }
        }
    }

    /// Why a series is left out.
    private struct Reason: Error {
        let text: String
    }

    /// The number of images in a folder, and the files that hold none.
    private static func files(in folder: String) throws(VolumeError) -> (images: Int, others: [Skipped]) {
        var (images, others) = (0, [Skipped]())
        // As deep as dcm2niix looks.
        func look(_ below: String, depth: Int) throws(VolumeError) {
            for name in try VolumeError.wrapping({ try FileSystem.names(in: folder + below) }) {
                guard !Interrupt.isRequested else { throw .interrupted }
                let place = "\(below)/\(name)"
                switch FileSystem.kind(folder + place) {
                case .folder where depth < 9: try look(place, depth: depth + 1)
                case .file:
                    switch try VolumeError.wrapping({ try DICOMFile(folder + place) }) {
                    case .image: images += 1
                    case .noImage(let what):
                        others.append(Skipped(name: String(place.dropFirst()), reason: "no image: \(what)"))
                    case .other: others.append(Skipped(name: String(place.dropFirst()), reason: "no DICOM file"))
                    }
                default: others.append(Skipped(name: String(place.dropFirst()), reason: "not a file, or too deep"))
                }
            }
        }
        try look("", depth: 0)
        return (images, others)
    }

    /// Runs dcm2niix, and returns how many files it converted, the last line that it wrote, and what it warned of
    /// before each file, by the file's name without ending.
    private static func convert(
        _ folder: String, to output: String, _ program: String
    ) throws(VolumeError) -> (converted: Int, last: String, warnings: [String: [String]]) {
        let options = ["-g", "i", "-b", "y", "-ba", "y", "-z", "i", "-d", "9", "-w", "2", "-f", "%s_%d", "-o"]
        let arguments = options + [output, folder.hasPrefix("-") ? "./\(folder)" : folder]
        let result: (status: Int, output: [UInt8])
        do throws(FileError) {
            result = try ChildProgram.run(program, arguments)
        } catch {
            throw Interrupt.isRequested ? .interrupted : .system(path: error.path, reason: error.reason)
        }
        let lines = String(rawBytes: result.output).split(whereSeparator: \.isNewline).map(String.init)
        var (converted, heard, warnings) = (0, [String](), [String: [String]]())
        for line in lines {
            let words = line.split(separator: " ")
            if words.count > 2, words[0] == "Convert", words[2] == "DICOM" {
                // "Convert 12 DICOM as FOLDER/2_T2 (24x20x12x1)".
                converted &+= Int(words[1]) ?? 0
                let file = (line.range(of: " (", options: .backwards).map { String(line[..<$0.lowerBound]) } ?? line)
                warnings[file.lastPathPart, default: []] += heard
                heard = []
            } else if line.contains("Warning:") || unknownGeometry.contains(where: line.contains) {
                heard.append(String(line.replacingOccurrences(of: "Warning: ", with: "").prefix(200)).shown)
            }
        }
        let telling =
            lines.last { $0.contains("Error") } ?? lines.last { $0.contains("Warning") } ?? lines.last ?? "no word"
        let ending = result.status == 0 ? "" : ", exit status \(result.status)"
        return (converted, "\(String(telling.prefix(200)).shown)\(ending)", warnings)
    }

    /// The series in the files that begin with `stem`, which are to be at `path` and of which dcm2niix gave `warnings`;
    /// or why it is left out.
    private static func result(
        _ stem: String, as path: String, _ warnings: [String]
    ) throws(VolumeError) -> Result<Series, Reason> {
        do throws(VolumeError) {
            let voxels = try StoredVoxels.found(in: stem + ".nii.gz", shownAs: path)
            let sidecar = try JSON(file: stem + ".json")
            let description = sidecar["SeriesDescription"]?.text ?? sidecar["ProtocolName"]?.text ?? ""
            let types = (sidecar["ImageType"]?.elements ?? []).compactMap { $0.text?.uppercased() }
            let words = ([description, stem.lastPathPart] + types).map { $0.lowercased() }
            if let word = localisers.first(where: { word in words.contains { $0.contains(word) } }) {
                return .failure(Reason(text: "a localiser ('\(word)' in its name or ImageType)"))
            }
            guard !types.contains("DERIVED") else {
                return .failure(
                    Reason(text: "derived from other images (ImageType is \(types.joined(separator: ", ")))"))
            }
            guard voxels.grid.shape[0] > 1 else { return .failure(Reason(text: "a single slice")) }
            if let warning = warnings.first(where: { unknownGeometry.contains(where: $0.contains) }) {
                return .failure(Reason(text: "where its slices lie is not known (dcm2niix: \(warning))"))
            }
            return .success(
                Series(
                    path: path, number: sidecar["SeriesNumber"]?.integer, description: description,
                    modality: sidecar["Modality"]?.text ?? "", shape: voxels.grid.shape, spacing: voxels.grid.spacing,
                    frames: voxels.frames))
        } catch {
            guard error != .interrupted else { throw error }
            return .failure(
                Reason(text: error.description.replacingOccurrences(of: stem.parentPath, with: path.parentPath)))
        }
    }

    /// Removes a folder of files.
    private static func remove(_ folder: String) {
        for name in (try? FileSystem.names(in: folder)) ?? [] { FileSystem.remove("\(folder)/\(name)") }
        _ = folder.withSystemPath { rmdir($0) }
    }
}
