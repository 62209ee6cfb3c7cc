import Support

extension DatasetLayout {
    /// The layout of BIDS: sub-NAME/[ses-NAME/]anat/ with scans by suffix, such as sub-NAME_T1w.nii.gz, and masks in
    /// derivatives/*/ in the same folders, with the suffix dseg or mask (desc-brain masks are passed over).
    ///
    /// A session is a subject of its own, "sub-01_ses-1". Classes are those of the only dseg.tsv in a derivative.
    ///
    /// Source: the Brain Imaging Data Structure, https://bids-specification.readthedocs.io.
    public static let bids = DatasetLayout(
        "bids", "sub-NAME/[ses-NAME/]anat/ and, for masks, derivatives/*/ with the same, as BIDS has them",
        options: BIDSOption.self, labels: nil,
        phantoms: PhantomFiles(
            .tumour, contrasts: .chosen(BIDSOption.modality.rawValue, default: .t1),
            image: { number, contrast in
                let contrast = BIDSSuffix.of(contrast.rawValue)
                return
                    "\(phantom(number, in: ""))_\(contrast.isEnhanced ? "ce-gadolinium_" : "")\(contrast.suffix).nii.gz"
            },
            labels: { number in "\(phantom(number, in: "derivatives/phantoms/"))_dseg.nii.gz" },
            index: { _, _ in
                ("derivatives/phantoms/dseg.tsv", "index\tname\n0\tbackground\n1\tcore\n2\toedema\n4\tenhancing\n")
            }),
        expected: { value in
            "folders sub-NAME/anat/ with sub-NAME_\(value(.modality)) and masks in derivatives/*/sub-NAME/anat/"
        },
        listing: { folder, value, rules throws(VolumeError) in
            let derivatives = try BIDSFolder.derivatives(of: folder, named: value(.derivative))
            let modalities = try value(.modality).listed("modality")
            var (subjects, rejected) = ([Subject](), [RejectedSubject]())
            for name in try Folder.names(in: folder, folders: true) where name.hasPrefix("sub-") {
                for place in try BIDSFolder.places(of: name, in: folder) {
                    do throws(VolumeError) {
                        let scans = try modalities.map { modality throws(VolumeError) in
                            try place.scan(BIDSSuffix.of(modality), in: folder)
                        }
                        let (mask, error) = place.maskOrError(in: derivatives, label: value(.maskLabel))
                        subjects.append(
                            Subject(id: place.id, scans: scans, labels: mask, labelsError: error, rules: rules))
                    } catch {
                        rejected.append(RejectedSubject(id: place.id, error: error))
                    }
                }
            }
            return Dataset(subjects, rejected: rejected)
        },
        scheme: { folder, areRegions throws(VolumeError) in
            try BIDSLabels.structures(in: folder).map { structures throws(VolumeError) in
                try LabelScheme(structures, areRegions: areRegions)
            }
        })

    private static func phantom(_ number: Int, in folder: String) -> String {
        let name = "sub-\(number.padded(to: 3))"
        return "\(folder)\(name)/anat/\(name)"
    }
}

private enum BIDSOption: String, LayoutOption {
    case modality, derivative, maskLabel = "mask_label"

    var summary: String {
        switch self {
        case .modality: "which scan or scans, by their suffixes, such as 'T1w, FLAIR'; 't1ce' is a T1w with ce-"
        case .derivative: "which folder of derivatives has the masks, or '' for any"
        case .maskLabel: "which masks, such as 'lesion' for label-lesion, or '' for any"
        }
    }

    var defaultValue: String? { self == .modality ? "T1w" : "" }
}

/// A suffix of scans, and whether contrast agent was given.
private struct BIDSSuffix {
    let suffix: String
    let isEnhanced: Bool

    private static let short = [
        "t1": "T1w", "t2": "T2w", "pd": "PDw", "flair": "FLAIR", "t1n": "T1w", "t1w": "T1w", "t2w": "T2w",
        "t2f": "FLAIR",
    ]

    /// The suffix of a name such as T1w, t1 or t1ce; another counts as a suffix itself.
    static func of(_ modality: String) -> BIDSSuffix {
        let name = modality.lowercased()
        if ["t1ce", "t1c"].contains(name) { return BIDSSuffix(suffix: "T1w", isEnhanced: true) }
        return BIDSSuffix(suffix: short[name] ?? modality, isEnhanced: false)
    }

    /// The name of the sequence.
    var name: String { isEnhanced ? "T1ce" : suffix }
}

/// The folders of a subject, or of one of its sessions.
private struct BIDSFolder {
    /// "sub-01" or "sub-01_ses-1".
    let id: String
    /// "sub-01" or "sub-01/ses-1".
    private let path: String

    /// The sessions of a subject, or itself where it has none.
    static func places(of subject: String, in folder: String) throws(VolumeError) -> [BIDSFolder] {
        let sessions = try Folder.names(in: "\(folder)/\(subject)", folders: true).filter { $0.hasPrefix("ses-") }
        guard !sessions.isEmpty else { return [BIDSFolder(id: subject, path: subject)] }
        return sessions.map { BIDSFolder(id: "\(subject)_\($0)", path: "\(subject)/\($0)") }
    }

    /// The folders of derivatives: the one of that name, or all where it is empty.
    static func derivatives(of folder: String, named name: String) throws(VolumeError) -> [String] {
        let parent = "\(folder)/derivatives"
        guard name.isEmpty else {
            guard FileSystem.kind("\(parent)/\(name)") == .folder else { throw .missing(path: "\(parent)/\(name)") }
            return ["\(parent)/\(name)"]
        }
        guard FileSystem.exists(parent) else { return [] }
        return try Folder.names(in: parent, folders: true).map { "\(parent)/\($0)" }
    }

    /// The only scan of a suffix; where there is none, the plain name that it would have.
    func scan(_ kind: BIDSSuffix, in folder: String) throws(VolumeError) -> ScanFile {
        let parent = "\(folder)/\(path)/anat"
        let found = try Self.images(in: parent).filter { image in
            image.suffix == kind.suffix && image.entities.contains { $0.hasPrefix("ce-") } == kind.isEnhanced
        }
        guard found.count <= 1 else {
            throw .dataset(
                folder: parent, expected: "one scan \(kind.name), not \(found.map(\.file).joined(separator: ", "))")
        }
        let file = found.first?.file ?? "\(id)_\(kind.isEnhanced ? "ce-gadolinium_" : "")\(kind.suffix).nii.gz"
        return ScanFile(name: kind.name, path: "\(parent)/\(file)")
    }

    /// The only mask in folders of derivatives, or why there is none to choose.
    func maskOrError(in derivatives: [String], label: String) -> (ScanFile?, VolumeError?) {
        do throws(VolumeError) { return (try mask(in: derivatives, label: label), nil) } catch { return (nil, error) }
    }

    /// The only mask in folders of derivatives; where there is none, the plain name that it would have.
    func mask(in derivatives: [String], label: String) throws(VolumeError) -> ScanFile {
        var found: [String] = []
        for parent in derivatives.map({ "\($0)/\(path)/anat" }) where FileSystem.exists(parent) {
            found += try Self.images(in: parent).filter { image in
                ["dseg", "mask"].contains(image.suffix) && !image.entities.contains("desc-brain")
                    && (label.isEmpty || image.entities.contains("label-\(label)"))
            }.map { "\(parent)/\($0.file)" }
        }
        guard found.count <= 1 else {
            throw .dataset(
                folder: found[0].parentPath,
                expected: "one mask, not \(found.joined(separator: ", ")); choose by `derivative` or `mask_label`")
        }
        let plain =
            "\(derivatives.first ?? "derivatives/*")/\(path)/anat/\(id)_\(label.isEmpty ? "dseg" : "label-\(label)_mask").nii.gz"
        return ScanFile(name: "labels", path: found.first ?? plain)
    }

    /// The volumes in a folder: name, entities such as "acq-3D", and suffix.
    private static func images(
        in folder: String
    ) throws(VolumeError) -> [(file: String, entities: [String], suffix: String)] {
        guard FileSystem.exists(folder) else { return [] }
        return try Folder.names(in: folder, folders: false).compactMap { file in
            guard let ending = [".nii.gz", ".nii"].first(where: file.hasSuffix) else { return nil }
            let parts = file.dropLast(ending.count).split(separator: "_").map(String.init)
            return parts.count > 1 ? (file, Array(parts.dropLast()), parts[parts.count - 1]) : nil
        }
    }
}

/// The names of labels.
private enum BIDSLabels {
    /// What the only dseg.tsv in a folder of derivatives names, a label a line; nil where there is none.
    static func structures(in folder: String) throws(VolumeError) -> [LabelScheme.Structure]? {
        var files: [String] = []
        for derivative in try BIDSFolder.derivatives(of: folder, named: "") {
            files += try Folder.names(in: derivative, folders: false).filter { $0.hasSuffix("dseg.tsv") }
                .map { "\(derivative)/\($0)" }
        }
        guard files.count <= 1 else {
            throw .dataset(folder: folder, expected: "one dseg.tsv, not \(files.joined(separator: ", "))")
        }
        guard let path = files.first else { return nil }
        let text = String(rawBytes: try VolumeError.wrapping { try InputFile.bytes(of: path) })
        let lines = text.split(whereSeparator: \.isNewline).map { line in
            line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
        }
        guard let header = lines.first, let index = header.firstIndex(of: "index"),
            let name = header.firstIndex(of: "name")
        else {
            throw .malformed(path: path, .field("line 1", value: "without them", expected: "columns index and name"))
        }
        var structures: [LabelScheme.Structure] = []
        for (number, line) in lines.enumerated().dropFirst() {
            guard line.count == header.count, let label = Int(line[index]), label >= 0 else {
                throw .malformed(
                    path: path,
                    .field(
                        "line \(number + 1)", value: "'\(String(line.joined(separator: " ").prefix(60)).shown)'",
                        expected: "a label from 0 and its name"))
            }
            guard !structures.contains(where: { $0.name == line[name] || $0.labels == [label] }) else {
                throw .malformed(
                    path: path,
                    .field(
                        "line \(number + 1)", value: "'\(label) \(line[name].shown)'",
                        expected: "each name and label once"))
            }
            if label > 0 { structures.append(.init(line[name], [label])) }
        }
        return structures
    }
}
