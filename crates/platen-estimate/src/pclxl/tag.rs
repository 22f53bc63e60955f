//! The numbers of PCL XL's operators and attributes.
//!
//! *Source*: PCL XL Feature Reference Protocol Class 2.0, appendices A and B;
//! class 3.0 adds `PASS_THROUGH`.

/// Operators.
pub(crate) mod operator {
    pub(crate) const BEGIN_SESSION: u8 = 0x41;
    pub(crate) const BEGIN_PAGE: u8 = 0x43;
    pub(crate) const END_PAGE: u8 = 0x44;
    pub(crate) const VENDOR_UNIQUE: u8 = 0x46;
    pub(crate) const BEGIN_STREAM: u8 = 0x5b;
    pub(crate) const READ_STREAM: u8 = 0x5c;
    pub(crate) const END_STREAM: u8 = 0x5d;
    pub(crate) const EXEC_STREAM: u8 = 0x5e;
    pub(crate) const REMOVE_STREAM: u8 = 0x5f;
    pub(crate) const POP_GS: u8 = 0x60;
    pub(crate) const PUSH_GS: u8 = 0x61;
    pub(crate) const SET_CLIP_REPLACE: u8 = 0x62;
    pub(crate) const SET_BRUSH_SOURCE: u8 = 0x63;
    pub(crate) const SET_CLIP_INTERSECT: u8 = 0x67;
    pub(crate) const SET_CLIP_RECTANGLE: u8 = 0x68;
    pub(crate) const SET_CLIP_TO_PAGE: u8 = 0x69;
    pub(crate) const SET_COLOR_SPACE: u8 = 0x6a;
    pub(crate) const SET_CURSOR: u8 = 0x6b;
    pub(crate) const SET_CURSOR_REL: u8 = 0x6c;
    pub(crate) const SET_FONT: u8 = 0x6f;
    pub(crate) const SET_PAGE_DEFAULT_CTM: u8 = 0x74;
    pub(crate) const SET_PAGE_ORIGIN: u8 = 0x75;
    pub(crate) const SET_PAGE_ROTATION: u8 = 0x76;
    pub(crate) const SET_PAGE_SCALE: u8 = 0x77;
    pub(crate) const SET_PEN_SOURCE: u8 = 0x79;
    pub(crate) const SET_PEN_WIDTH: u8 = 0x7a;
    pub(crate) const SET_ROP: u8 = 0x7b;
    pub(crate) const CLOSE_SUB_PATH: u8 = 0x84;
    pub(crate) const NEW_PATH: u8 = 0x85;
    pub(crate) const PAINT_PATH: u8 = 0x86;
    pub(crate) const ARC_PATH: u8 = 0x91;
    pub(crate) const BEZIER_PATH: u8 = 0x93;
    pub(crate) const BEZIER_REL_PATH: u8 = 0x95;
    pub(crate) const CHORD: u8 = 0x96;
    pub(crate) const CHORD_PATH: u8 = 0x97;
    pub(crate) const ELLIPSE: u8 = 0x98;
    pub(crate) const ELLIPSE_PATH: u8 = 0x99;
    pub(crate) const LINE_PATH: u8 = 0x9b;
    pub(crate) const LINE_REL_PATH: u8 = 0x9d;
    pub(crate) const PIE: u8 = 0x9e;
    pub(crate) const PIE_PATH: u8 = 0x9f;
    pub(crate) const RECTANGLE: u8 = 0xa0;
    pub(crate) const RECTANGLE_PATH: u8 = 0xa1;
    pub(crate) const ROUND_RECTANGLE: u8 = 0xa2;
    pub(crate) const ROUND_RECTANGLE_PATH: u8 = 0xa3;
    pub(crate) const TEXT: u8 = 0xa8;
    pub(crate) const TEXT_PATH: u8 = 0xa9;
    pub(crate) const BEGIN_IMAGE: u8 = 0xb0;
    pub(crate) const READ_IMAGE: u8 = 0xb1;
    pub(crate) const END_IMAGE: u8 = 0xb2;
    pub(crate) const BEGIN_PATTERN: u8 = 0xb3;
    pub(crate) const READ_PATTERN: u8 = 0xb4;
    pub(crate) const END_PATTERN: u8 = 0xb5;
    pub(crate) const SCAN_LINE_REL: u8 = 0xb9;
    pub(crate) const PASS_THROUGH: u8 = 0xbf;
}

/// Attributes.
pub(crate) mod attribute {
    pub(crate) const PALETTE_DEPTH: u16 = 2;
    pub(crate) const COLOR_SPACE: u16 = 3;
    pub(crate) const NULL_BRUSH: u16 = 4;
    pub(crate) const NULL_PEN: u16 = 5;
    pub(crate) const PALETTE_DATA: u16 = 6;
    pub(crate) const PATTERN_SELECT: u16 = 8;
    pub(crate) const GRAY_LEVEL: u16 = 9;
    pub(crate) const RGB_COLOR: u16 = 11;
    pub(crate) const PRIMARY_ARRAY: u16 = 14;
    pub(crate) const PRIMARY_DEPTH: u16 = 15;
    pub(crate) const MEDIA_SIZE: u16 = 37;
    pub(crate) const ORIENTATION: u16 = 40;
    pub(crate) const PAGE_ANGLE: u16 = 41;
    pub(crate) const PAGE_ORIGIN: u16 = 42;
    pub(crate) const PAGE_SCALE: u16 = 43;
    pub(crate) const ROP3: u16 = 44;
    pub(crate) const CUSTOM_SIZE: u16 = 47;
    pub(crate) const CUSTOM_UNITS: u16 = 48;
    pub(crate) const PAGE_COPIES: u16 = 49;
    pub(crate) const SIMPLEX: u16 = 52;
    pub(crate) const DUPLEX: u16 = 53;
    pub(crate) const DUPLEX_SIDE: u16 = 54;
    pub(crate) const BOUNDING_BOX: u16 = 66;
    pub(crate) const END_POINT: u16 = 69;
    pub(crate) const PEN_WIDTH: u16 = 75;
    pub(crate) const POINT: u16 = 76;
    pub(crate) const POINT_TYPE: u16 = 80;
    pub(crate) const CONTROL_POINT_1: u16 = 81;
    pub(crate) const CONTROL_POINT_2: u16 = 82;
    pub(crate) const CLIP_REGION: u16 = 83;
    pub(crate) const COLOR_DEPTH: u16 = 98;
    pub(crate) const COLOR_MAPPING: u16 = 100;
    pub(crate) const COMPRESS_MODE: u16 = 101;
    pub(crate) const DESTINATION_SIZE: u16 = 103;
    pub(crate) const PATTERN_DEFINE: u16 = 105;
    pub(crate) const SOURCE_HEIGHT: u16 = 107;
    pub(crate) const SOURCE_WIDTH: u16 = 108;
    pub(crate) const PAD_BYTES: u16 = 110;
    pub(crate) const BLOCK_HEIGHT: u16 = 99;
    pub(crate) const MEASURE: u16 = 134;
    pub(crate) const UNITS_PER_MEASURE: u16 = 137;
    pub(crate) const STREAM_NAME: u16 = 139;
    pub(crate) const CHAR_SIZE: u16 = 166;
    pub(crate) const TEXT_DATA: u16 = 171;
}
