import CLua
import LuaBridge

/// The allocator of a state, of which requests fail in their turn, as Lua's own test of memory errors does it.
package final class FailingAllocator {
    /// Which requests for more memory fail.
    package enum Failure {
        /// None.
        case none
        /// The one of this number from now on (from 1), and the one behind it: Lua's second attempt after it has
        /// collected its garbage.
        case one(Int)
        /// The one of this number and all behind it.
        case all(from: Int)
    }

    private let pointer: OpaquePointer
    private let original: lua_Alloc
    private let context: UnsafeMutableRawPointer?
    private var failure = Failure.none
    /// How many requests for more memory there were since `set`, and how many of them failed.
    package private(set) var (requests, failures) = (0, 0)
    /// The bytes that were allocated, less those that were freed, since this was made.
    package private(set) var liveBytes = 0

    /// Takes the place of a state's allocator, until `remove`; the state's thread must call.
    package init?(_ lua: LuaState) {
        var context: UnsafeMutableRawPointer?
        guard let pointer = lua.stack?.pointer, let original = lua_getallocf(pointer, &context) else { return nil }
        (self.pointer, self.original, self.context) = (pointer, original, context)
        let allocate: lua_Alloc = { own, block, oldSize, size in
            guard let own else { return nil }
            let allocator = Unmanaged<FailingAllocator>.fromOpaque(own).takeUnretainedValue()
            // Of a new block Lua passes its type instead of an old size.
            return allocator.allocate(block, block == nil ? 0 : oldSize, oldSize, size)
        }
        lua_setallocf(pointer, allocate, Unmanaged.passUnretained(self).toOpaque())
    }

    /// Gives the state its own allocator back.
    package func remove() { lua_setallocf(pointer, original, context) }

    /// Counts requests anew, of which some fail.
    package func set(_ failure: Failure) { (self.failure, requests, failures) = (failure, 0, 0) }

    private func allocate(
        _ block: UnsafeMutableRawPointer?, _ before: Int, _ oldSize: Int, _ size: Int
    ) -> UnsafeMutableRawPointer? {
        if size > before {
            requests += 1
            let fails =
                switch failure {
                case .none: false
                case .one(let number): requests == number || requests == number + 1
                case .all(let first): requests >= first
                }
            if fails {
                failures += 1
                context?.assumingMemoryBound(to: lunette_host.self).pointee.refused = size
                return nil
            }
        }
        let made = original(context, block, oldSize, size)
        if made != nil || size == 0 { liveBytes += size - before }
        return made
    }
}
