import LuaBridge
import Support

/// How much memory a script may take, and what is taken.
extension LuaModule {
    static let torchMemory = [
        LuaFunction(
            "set_memory_limit",
            "Sets the most bytes that tensors and Lua's values may hold together; an allocation beyond is an error.",
            Parameter(
                "bytes", Int?.self, in: .positive,
                "at most what `lunette --memory` allows, at least a megabyte more than is held; without it, what "
                    + "`--memory` allows"),
            example: "torch.set_memory_limit(16e9); torch.set_memory_limit()"
        ) { bytes in
            do throws(MemoryLimitError) {
                try AvailableMemory.setScriptLimit(bytes)
            } catch {
                let expected =
                    switch error {
                    case .aboveProcessLimit(let most): "at most \(most.bytesText) expected, which '--memory' allows"
                    case .belowHeld(let least): "at least \(least.bytesText) expected, a megabyte more than is held"
                    }
                throw LuaArgumentError("bytes", "\(expected), got \((bytes ?? 0).bytesText)")
            }
        },
        LuaFunction(
            "memory_stats", "Tells who holds how much memory, and how much is left.",
            returns: """
                a table of bytes: `tensors`, `lua` (its values, to a few megabytes), `limit` (nil without one) and \
                `available`, the least of what the limit, the container and the machine leave
                """,
            example: "local x = torch.zeros(1000); assert(torch.memory_stats().tensors >= 4000)"
        ) {
            LuaRecord([
                "tensors": MemoryLedger.liveBytes, "lua": MemoryLedger.scriptBytes,
                "limit": AvailableMemory.heldLimit, "available": AvailableMemory.bytes,
            ])
        },
    ]
}
