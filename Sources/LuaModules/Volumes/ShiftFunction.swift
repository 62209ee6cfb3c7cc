import LuaBridge
import Support
import Volumes

/// The options of an acquisition shift, as of `volumes.shift`.
private struct ShiftOptions: LuaParameter {
    private let numbers = AcquisitionShift.settings.map { setting in
        Option(setting.name, Double.self, in: setting.range, default: setting.standard, setting.summary)
    }
    private let curve = Option(
        "curve", [Double]?.self, in: .share,
        "another contrast of tissues: three or more values, at equal steps of the brain's intensities, scaled as for "
            + "gamma")
    private let inversion = Option(
        "inversion", Bool.self, default: false, "whether the brain's intensities, scaled as for gamma, are mirrored")
    private let seed = Option("seed", Int.self, in: .any, default: 1, "what bias field and noise are drawn by")

    /// Name, type, meaning and default of each.
    var parameterDescriptions: [ParameterDescription] {
        numbers.flatMap(\.parameterDescriptions) + curve.parameterDescriptions + inversion.parameterDescriptions
            + seed.parameterDescriptions
    }

    /// The shift of the values that were given.
    func read(_ reader: inout ArgumentReader) throws(LuaArgumentError) -> AcquisitionShift {
        var shift = AcquisitionShift()
        for (option, setting) in zip(numbers, AcquisitionShift.settings) {
            shift[keyPath: setting.path] = try option.read(&reader)
        }
        shift.curve = try curve.read(&reader) ?? []
        shift.inversion = try inversion.read(&reader)
        shift.seed = UInt64(bitPattern: Int64(try seed.read(&reader)))
        return shift
    }
}

/// A shift as a table of the options of `volumes.shift`.
struct ShiftTable: LuaDecodable {
    let shift: AcquisitionShift

    /// "table such as {thickness = 5, gamma = 1.5}".
    static var luaTypeName: String { "table such as {thickness = 5, gamma = 1.5}" }

    static func decode(_ stack: LuaStack, at index: Int32) throws(LuaMismatch) -> ShiftTable {
        guard stack.typeName(at: index) == "table" else { throw LuaMismatch(expected: luaTypeName, stack, at: index) }
        var shift = AcquisitionShift()
        for (name, value) in try [String: LuaValue].decode(stack, at: index).sorted(by: { $0.key < $1.key }) {
            do throws(LuaMismatch) { try set(name, value, in: &shift) } catch {
                throw LuaMismatch("\(error.description) in field '\(name)'")
            }
        }
        return ShiftTable(shift: shift)
    }

    private static func set(_ name: String, _ value: LuaValue, in shift: inout AcquisitionShift) throws(LuaMismatch) {
        if let setting = AcquisitionShift.settings.first(where: { $0.name == name }) {
            let number: Double
            switch value {
            case .integer(let integer): number = Double(integer)
            case .number(let float): number = float
            default: throw LuaMismatch("number expected, got \(value.typeName)")
            }
            try number.check(setting.range)
            shift[keyPath: setting.path] = number
            return
        }
        switch (name, value) {
        case ("inversion", .boolean(let flag)): shift.inversion = flag
        case ("inversion", _): throw LuaMismatch("boolean expected, got \(value.typeName)")
        case ("seed", .integer(let seed)): shift.seed = UInt64(bitPattern: Int64(seed))
        case ("seed", _): throw LuaMismatch("integer expected, got \(value.typeName)")
        case ("curve", _):
            guard let curve = value.object(as: [Double].self) else {
                throw LuaMismatch("list of numbers expected, got \(value.typeName)")
            }
            try curve.check(.share)
            shift.curve = curve
        default:
            let names = AcquisitionShift.settings.map(\.name) + ["curve", "inversion", "seed"]
            let near = nearestName(to: name, among: names).map { ", did you mean '\($0)'?" } ?? ""
            throw LuaMismatch("no such option of volumes.shift\(near)")
        }
    }
}

extension LuaModule {
    /// The function that shifts one subject's scans.
    static let volumeShift = LuaFunction(
        "shift",
        """
        Changes scans as if another scanner had made them. In this order: contrast of lesions, curve, inversion, gamma, \
        gain, bias field, blur, slices, noise; nothing by default. What is around the brain keeps its intensity, but \
        for blur and slices. `volumes.dataset` takes the same options for all that it reads.
        """,
        Parameter("image", Scans.self, "the scan, or the sequences, false for one that is missing"),
        Parameter("mask", VolumeObject?.self, "class numbers on the same grid, or nil"),
        ShiftOptions(),
        returns: "the scan, or the list of sequences; and the mask, which thicker slices change as well",
        example: """
            local scan, mask = volumes.phantom({size = {12, 12, 12}}); \
            local thick, few = volumes.shift(scan, mask, {thickness = 3 * scan.spacing[1], inversion = true}); \
            assert(thick.shape[1] == 4 and few.shape[1] == 4)
            """
    ) { scans, mask, shift -> (Scans, VolumeObject?) in
        let result = try shift(scans.volumes, mask: mask?.volume)
        return (Scans(volumes: result.scans), result.mask.map(VolumeObject.init))
    }
}
