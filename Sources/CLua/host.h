#pragma once
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <lua5.4/lua.h>
#include <lua5.4/lauxlib.h>

// Lua raises errors with longjmp, which must not cross a Swift frame. So every function that Lua calls is one of the C
// functions here; Swift is called from them, returns a number of results or a code below, and C raises the error.

/// Lua's release and its authors.
static const char *const lunette_lua_copyright = LUA_COPYRIGHT;

/// What a Lua state knows of its Swift host; a pointer to it lies in the extra space of each of its coroutines.
typedef struct lunette_host {
    /// Runs the Swift function that the running closure stands for.
    int (*call)(lua_State *L);
    /// Whether the user asked to stop.
    bool (*interrupted)(void);
    /// Gives up the strong reference of a userdata.
    void (*release)(void *object);
    /// Notes the status of `os.exit`; returns whether the script is to be stopped, as by an interrupt, instead of the
    /// process ended.
    bool (*leave)(lua_State *L, int status);
    /// Starts a shell command whose standard input (its output where `reads`) is `descriptor`, or this process's own
    /// for -1. Returns the number of its process, or -1 with an error in `errno`.
    int (*start)(const char *command, int descriptor, bool reads);
    /// Waits until a process ends; an interrupt ends it. Returns its status, or -1 with an error in `errno`.
    int (*wait)(int process);
    /// Asks for `bytes` more for the script's values (or, negative, gives them back), out of the reserve, too, where
    /// `reserve`; returns whether it may have them.
    bool (*grant)(long bytes, bool reserve);
    /// Collects garbage; to be called where `collection_due`.
    void (*collect)(lua_State *L);
    /// Collects garbage, and puts into the message "not enough memory" on the top of the stack what was asked for.
    void (*explain)(lua_State *L);
    /// `lunette_call` and so on, at one address each: every object file has its own copy of them.
    lua_CFunction trampoline, index, newindex, xpcall;
    /// The coroutine that runs now, for the signal handler.
    lua_State *volatile running;
    /// The Swift object `LuaState`, unretained.
    void *context;
    /// Whether `collect` is to be called after this Swift function.
    bool collection_due;
    /// How many Swift functions are under way, and how many calls from the top level.
    int depth, calls;
    /// The bytes of the script's values, how many were granted, and how many the last request that failed was for.
    long heap, granted, refused;
} lunette_host;

/// The error value is on the top of the stack, complete.
#define LUNETTE_RAISE (-1)
/// A message is on the top of the stack; the position of the script's line has to be put before it.
#define LUNETTE_RAISE_AT_LINE (-2)

/// The pseudo-index of the registry.
static const int LUNETTE_REGISTRY = LUA_REGISTRYINDEX;
/// The pseudo-index of the first upvalue; the others follow downwards.
static const int LUNETTE_UPVALUE = LUA_REGISTRYINDEX - 1;

/// Runs the library's own version of a function, the first upvalue of its replacement, in the same frame.
static inline int lunette_original(lua_State *L) { return lua_tocfunction(L, LUNETTE_UPVALUE)(L); }

/// Pushes a table that does not keep its keys ("k") or its values ("v") alive.
static inline void lunette_push_weak_table(lua_State *L, const char *mode) {
    lua_newtable(L);
    lua_newtable(L);
    lua_pushstring(L, mode);
    lua_setfield(L, -2, "__mode");
    lua_setmetatable(L, -2);
}

static inline lunette_host *lunette_host_of(lua_State *L) { return *(lunette_host **)lua_getextraspace(L); }

static inline void lunette_set_host(lua_State *L, lunette_host *host) {
    *(lunette_host **)lua_getextraspace(L) = host;
}

/// Pushes Lua's message of want of memory, which exists already.
static inline void lunette_push_memory_message(lua_State *L) { lua_pushliteral(L, "not enough memory"); }

static inline void lunette_hook(lua_State *L, lua_Debug *activation);

/// Raises the error on the top of the stack, for an interrupt that is under way.
///
/// Code that the script runs as it unwinds (__close) may take 100,000 instructions before it is stopped, too.
static inline int lunette_pass_interrupt(lua_State *L) {
    lua_sethook(L, lunette_hook, LUA_MASKCOUNT, 100000);
    return lua_error(L);
}

/// Raises the interrupt, at the line of the function at `level`.
static inline int lunette_raise_interrupt(lua_State *L, int level) {
    luaL_where(L, level);
    lua_pushliteral(L, "interrupted");
    lua_concat(L, 2);
    return lunette_pass_interrupt(L);
}

static inline int lunette_keep_error(lua_State *L) { return lua_gettop(L); }

/// Takes the script's message handlers out of the frames of `xpcall`: they would run within the hook, which could not
/// stop them.
static inline void lunette_disarm_handlers(lua_State *L) {
    lua_CFunction xpcall = lunette_host_of(L)->xpcall;
    lua_Debug frame;
    for (int level = 0; level < 1000 && lua_getstack(L, level, &frame) && lua_getinfo(L, "f", &frame); level++) {
        bool found = lua_tocfunction(L, -1) == xpcall;
        lua_pop(L, 1);
        if (!found) continue;
        lua_pushcfunction(L, lunette_keep_error);
        lua_setlocal(L, &frame, 2);
    }
}

/// The hook that the signal handler arms. It stops the script, and stops it again if the script catches the error.
static inline void lunette_hook(lua_State *L, lua_Debug *activation) {
    (void)activation;
    if (!lunette_host_of(L)->interrupted()) {
        lua_sethook(L, NULL, 0, 0);
        return;
    }
    lunette_disarm_handlers(L);
    lunette_raise_interrupt(L, 0);
}

/// Makes the running script stop at its next instruction; may be called from a signal handler on the script's thread.
static inline void lunette_arm(lunette_host *host) {
    if (host->running) lua_sethook(host->running, lunette_hook, LUA_MASKCOUNT, 1);
}

/// Raises the error that a Swift function left, with the position of the calling line before it where `code` says so.
static inline int lunette_raise(lua_State *L, int code) {
    if (code == LUNETTE_RAISE_AT_LINE) {
        lunette_host *host = lunette_host_of(L);
        int level = 1;
        lua_Debug caller;
        // Skips __index and __newindex, which call a property's function: the line is that of the access to the field.
        while (lua_getstack(L, level, &caller) && lua_getinfo(L, "f", &caller)) {
            lua_CFunction function = lua_tocfunction(L, -1);
            lua_pop(L, 1);
            if (function != host->index && function != host->newindex) break;
            level++;
        }
        luaL_where(L, level);
        lua_insert(L, -2);
        lua_concat(L, 2);
    }
    return lua_error(L);
}

/// Every function of Swift, as Lua sees it; its first upvalue says which.
static inline int lunette_call(lua_State *L) {
    lunette_host *host = lunette_host_of(L);
    host->depth++;
    int results = host->call(L);
    host->depth--;
    if (host->collection_due) host->collect(L);
    if (host->interrupted()) return lunette_raise_interrupt(L, 1);
    return results >= 0 ? results : lunette_raise(L, results);
}

/// A new block of memory of at least this size belongs to a string, which is then copied into it in one go.
#define LUNETTE_LARGE_BLOCK ((size_t)64 << 20)

/// A new block of `size` bytes, or NULL.
///
/// Copying a long string into it takes no longer than mapping its pages, so the pages are touched first, where an
/// interrupt can end it: to Lua it looks as if there were not enough memory.
static inline void *lunette_new_block(lunette_host *host, size_t size) {
    volatile char *made = malloc(size);
    if (size < LUNETTE_LARGE_BLOCK) return (void *)made;
    for (size_t page = 0; made && page < size; page += 4096) {
        if (page % LUNETTE_LARGE_BLOCK == 0 && host->interrupted()) {
            free((void *)made);
            return NULL;
        }
        made[page] = 0;
    }
    return (void *)made;
}

/// The bytes by which grants grow, which need not be asked for one by one.
#define LUNETTE_GRANT (1L << 20)

/// The allocator of a state; `context` is the host.
static inline void *lunette_allocate(void *context, void *block, size_t old_size, size_t size) {
    lunette_host *host = context;
    // Of a new block Lua passes its type instead of an old size.
    long heap = host->heap + (long)size - (long)(block ? old_size : 0);
    long missing = heap - host->granted;
    if (missing > 0) {
        // Near the limit every byte counts, and beyond it entries are still read and values shown, so that the script
        // can be told to let go of some.
        long more = missing;
        if (host->grant(missing + LUNETTE_GRANT, false)) {
            more += LUNETTE_GRANT;
        } else if (!host->grant(missing, host->calls == 0)) {
            host->refused = (long)size;
            return NULL;
        }
        host->granted += more;
    } else if (missing < -4 * LUNETTE_GRANT) {
        host->grant(missing + LUNETTE_GRANT, false);
        host->granted += missing + LUNETTE_GRANT;
    }
    void *result = NULL;
    if (size == 0) {
        free(block);
    } else {
        result = block ? realloc(block, size) : lunette_new_block(host, size);
        if (!result) {
            host->refused = (long)size;
            return NULL;
        }
    }
    host->heap = heap;
    return result;
}

/// Turns the messages of `warn` on.
static inline void lunette_show_warnings(lua_State *L) { lua_warning(L, "@on", 0); }

/// Frees all that the script can no longer reach.
static inline void lunette_full_collection(lua_State *L) { lua_gc(L, LUA_GCCOLLECT); }
