-- SPDX-License-Identifier: Apache-2.0
--
-- Snug's frames in Wireshark and tshark: a length of four bytes and so many bytes of UTF-8 (docs/protocol.md), which are
-- JSON at level 1 (docs/protocol-1.md).
--
--   tshark   -X lua_script:wireshark/snug.lua -r wire-report/plain.pcapng -Y snug
--   tshark   -X lua_script:wireshark/snug.lua -r wire-report/tls-with-keys.pcapng -Y snug
--   Wireshark: copy this file to the folder that Help > About > Folders calls "Personal Lua Plugins"
--
-- Inside TLS it is chosen by ALPN. Without TLS any TCP stream is taken for chat that begins like one.

local snug = Proto("snug", "Snug chat")

local length_field = ProtoField.uint32("snug.length", "Length", base.DEC)
local text_field = ProtoField.string("snug.text", "Text", base.UNICODE)
local kind_field = ProtoField.string("snug.kind", "Kind")
snug.fields = { length_field, text_field, kind_field }

local oversized = ProtoExpert.new("snug.oversized", "Announces more than a frame may hold",
    expert.group.PROTOCOL, expert.severity.ERROR)
snug.experts = { oversized }

local HEADER_BYTES = 4
local MAXIMUM_PAYLOAD_BYTES = 8192

-- What a client of level 1 sends before its first frame where there is no ALPN.
local PREFACE = "SNG1"

local function begins_level_1(buffer, offset)
    return buffer(offset, HEADER_BYTES):string() == PREFACE
end

local function kind_of(text)
    if text == "" then return "still here" end
    if text:match("^%* .* %*$") then return "notice" end
    if text:match("^/") then return "command" end
    local type = text:match('^{"type":"([%w-]+)"')
    if type then return type end
    return "text"
end

-- One packet can hold several frames, and the column tells of all of them. What stands there before the first is of the
-- protocol below.
local function tell(packet, words)
    if tostring(packet.cols.protocol) == "SNUG" then words = tostring(packet.cols.info) .. " | " .. words end
    packet.cols.protocol = "SNUG"
    packet.cols.info = words
end

local function dissect_frame(buffer, packet, tree)
    if begins_level_1(buffer, 0) then
        tree:add(snug, buffer()):add(kind_field, "level 1"):set_generated()
        tell(packet, "level 1 begins")
        return
    end
    local announced = buffer(0, HEADER_BYTES):uint()
    local subtree = tree:add(snug, buffer())
    subtree:add(length_field, buffer(0, HEADER_BYTES))
    if announced > MAXIMUM_PAYLOAD_BYTES then
        subtree:add_proto_expert_info(oversized)
        tell(packet, "announces " .. announced .. " bytes, more than a frame may hold")
        return
    end
    local text = ""
    if announced > 0 then
        local body = buffer(HEADER_BYTES, announced)
        text = body:string(ENC_UTF_8)
        subtree:add_packet_field(text_field, body, ENC_UTF_8)
    end
    local kind = kind_of(text)
    subtree:add(kind_field, kind):set_generated()
    local words = text == "" and kind or text
    subtree:append_text(": " .. words)
    tell(packet, announced .. " bytes: " .. words)
end

local function frame_length(buffer, packet, offset)
    if begins_level_1(buffer, offset) then return HEADER_BYTES end
    local announced = buffer(offset, HEADER_BYTES):uint()
    -- What breaks the limit ends the connection: the rest of what is here belongs to nobody.
    if announced > MAXIMUM_PAYLOAD_BYTES then return buffer:len() - offset end
    return HEADER_BYTES + announced
end

function snug.dissector(buffer, packet, tree)
    dissect_tcp_pdus(buffer, tree, HEADER_BYTES, frame_length, dissect_frame)
    return buffer:len()
end

-- A frame's first two bytes are always zero, and a first packet holds at least one whole frame, or the preface.
local function looks_like_chat(buffer)
    if buffer:len() < HEADER_BYTES then return false end
    if begins_level_1(buffer, 0) then return true end
    local announced = buffer(0, HEADER_BYTES):uint()
    return announced <= MAXIMUM_PAYLOAD_BYTES and HEADER_BYTES + announced <= buffer:len()
end

snug:register_heuristic("tcp", function(buffer, packet, tree)
    if not looks_like_chat(buffer) then return false end
    snug.dissector(buffer, packet, tree)
    packet.conversation = snug
    return true
end)

DissectorTable.get("tls.alpn"):add("snug/0", snug)
DissectorTable.get("tls.alpn"):add("snug/1", snug)
