#pragma once
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "pattern.h"

// Functions of the libraries `os` and `io` that wait for other processes or read without end, in a form that an interrupt
// can stop.

/// `io.write`, and `write` of a file. That nobody reads any more is an error, where C's library has a signal end the
/// process: a script that passes over the result would go on for ever.
static inline int lunette_write(lua_State *L) {
    int results = lunette_original(L);
    if (results != 3 || lua_tointeger(L, -1) != EPIPE) return results;
    luaL_Stream *stream = luaL_testudata(L, 1, LUA_FILEHANDLE);
    if (!stream) {
        lua_getfield(L, LUA_REGISTRYINDEX, "_IO_output");
        stream = luaL_testudata(L, -1, LUA_FILEHANDLE);
    }
    return luaL_error(L, "%s: %s", stream && stream->f == stdout ? "standard output" : "file", strerror(EPIPE));
}

/// A descriptor that is readable once a process has ended; -1 where the system has none.
static inline int lunette_process_descriptor(int process) { return (int)syscall(SYS_pidfd_open, process, 0); }

static inline int lunette_execute(lua_State *L) {
    const char *command = luaL_optstring(L, 1, NULL);
    if (!command) return lunette_original(L);
    lunette_host *host = lunette_host_of(L);
    int process = host->start(command, -1, false);
    int status = process < 0 ? -1 : host->wait(process);
    if (host->interrupted()) return lunette_raise_interrupt(L, 1);
    if (status >= 0) errno = 0;
    return luaL_execresult(L, status);
}

/// Closes the stream of a process, whose number is the stream's user value, and waits for its end.
static inline int lunette_close_process(lua_State *L) {
    luaL_Stream *stream = luaL_checkudata(L, 1, LUA_FILEHANDLE);
    lunette_host *host = lunette_host_of(L);
    lua_getiuservalue(L, 1, 1);
    int process = (int)lua_tointeger(L, -1);
    fclose(stream->f);
    int status = host->wait(process);
    if (host->interrupted()) return lunette_raise_interrupt(L, 1);
    if (status >= 0) errno = 0;
    return luaL_execresult(L, status);
}

static inline int lunette_popen(lua_State *L) {
    const char *command = luaL_checkstring(L, 1), *mode = luaL_optstring(L, 2, "r");
    luaL_argcheck(L, (*mode == 'r' || *mode == 'w') && !mode[1], 2, "invalid mode");
    bool reads = *mode == 'r';
    luaL_Stream *stream = lua_newuserdatauv(L, sizeof(luaL_Stream), 1);
    stream->closef = NULL;
    luaL_setmetatable(L, LUA_FILEHANDLE);
    int ends[2];
    if (pipe(ends) != 0) return luaL_fileresult(L, 0, command);
    for (int end = 0; end < 2; end++) fcntl(ends[end], F_SETFD, FD_CLOEXEC);
    int process = lunette_host_of(L)->start(command, ends[reads ? 1 : 0], reads);
    close(ends[reads ? 1 : 0]);
    if (process < 0) {
        int error = errno;
        close(ends[reads ? 0 : 1]);
        errno = error;
        return luaL_fileresult(L, 0, command);
    }
    stream->f = fdopen(ends[reads ? 0 : 1], mode);
    if (!stream->f) return luaL_fileresult(L, 0, command);
    stream->closef = lunette_close_process;
    lua_pushinteger(L, process);
    lua_setiuservalue(L, -2, 1);
    return 1;
}

/// Reads a line, with its end where it `keeps` that; whether there was one.
static inline bool lunette_read_line(lua_State *L, FILE *file, bool keeps) {
    luaL_Buffer buffer;
    luaL_buffinit(L, &buffer);
    unsigned steps = 0;
    int c;
    while ((c = getc_unlocked(file)) != EOF && c != '\n') {
        luaL_addchar(&buffer, (char)c);
        lunette_step(L, &steps);
    }
    if (keeps && c == '\n') luaL_addchar(&buffer, '\n');
    luaL_pushresult(&buffer);
    return c == '\n' || lua_rawlen(L, -1) > 0;
}

/// Reads at most so many bytes; whether there were any.
static inline bool lunette_read_bytes(lua_State *L, FILE *file, size_t most) {
    luaL_Buffer buffer;
    luaL_buffinit(L, &buffer);
    for (size_t piece = LUAL_BUFFERSIZE, count = 1; most > 0 && count > 0; most -= count) {
        if (lunette_host_of(L)->interrupted()) lunette_raise_interrupt(L, 1);
        if (piece > most) piece = most;
        count = fread(luaL_prepbuffsize(&buffer, piece), 1, piece, file);
        luaL_addsize(&buffer, count);
        if (piece < 1 << 20) piece *= 2;
    }
    luaL_pushresult(&buffer);
    return lua_rawlen(L, -1) > 0;
}

/// Reads a number, as the library's own `file:read` (the first upvalue) does, behind any amount of space; the stream is
/// at stack index 1, unless it is the default input.
static inline bool lunette_read_number(lua_State *L, FILE *file, bool is_default) {
    unsigned steps = 0;
    int c;
    while (isspace(c = getc_unlocked(file))) lunette_step(L, &steps);
    ungetc(c, file);
    lua_pushvalue(L, LUNETTE_UPVALUE);
    if (is_default) lua_getfield(L, LUA_REGISTRYINDEX, "_IO_input");
    else lua_pushvalue(L, 1);
    lua_pushliteral(L, "n");
    lua_call(L, 2, 1);
    return !lua_isnil(L, -1);
}

/// Reads the format at stack index `index`; whether there was something.
static inline bool lunette_read_format(lua_State *L, FILE *file, int index, bool is_default) {
    if (lua_type(L, index) == LUA_TNUMBER) {
        size_t count = (size_t)luaL_checkinteger(L, index);
        if (count > 0) return lunette_read_bytes(L, file, count);
        int c = getc(file);
        ungetc(c, file);
        lua_pushliteral(L, "");
        return c != EOF;
    }
    const char *format = luaL_checkstring(L, index);
    switch (format[*format == '*']) {
        case 'n': return lunette_read_number(L, file, is_default);
        case 'l': return lunette_read_line(L, file, false);
        case 'L': return lunette_read_line(L, file, true);
        case 'a': lunette_read_bytes(L, file, (size_t)-1); return true;
        default: return luaL_argerror(L, index, "invalid format");
    }
}

/// Reads the formats from stack index `first` on.
static inline int lunette_read(lua_State *L, FILE *file, int first) {
    clearerr(file);
    if (lua_gettop(L) < first) lua_pushliteral(L, "l");
    int formats = lua_gettop(L) - first + 1, results = 0;
    luaL_checkstack(L, formats + LUA_MINSTACK, "too many arguments");
    bool success = true;
    for (; results < formats && success; results++)
        success = lunette_read_format(L, file, first + results, first == 1);
    if (lunette_host_of(L)->interrupted()) return lunette_raise_interrupt(L, 1);
    if (ferror(file)) return luaL_fileresult(L, 0, NULL);
    if (!success) {
        lua_pop(L, 1);
        luaL_pushfail(L);
    }
    return results;
}

/// `file:read`.
static inline int lunette_read_file(lua_State *L) {
    luaL_Stream *stream = luaL_checkudata(L, 1, LUA_FILEHANDLE);
    if (!stream->closef) return luaL_error(L, "attempt to use a closed file");
    return lunette_read(L, stream->f, 2);
}

/// `io.read`.
static inline int lunette_read_input(lua_State *L) {
    lua_getfield(L, LUA_REGISTRYINDEX, "_IO_input");
    luaL_Stream *stream = luaL_testudata(L, -1, LUA_FILEHANDLE);
    lua_pop(L, 1);
    if (!stream || !stream->closef) return luaL_error(L, "default input file is closed");
    return lunette_read(L, stream->f, 1);
}
