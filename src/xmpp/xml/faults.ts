/** The ways in which a stream can be bad, each once. RFC 6120 §11 and §4.9.3. */
import type { XmlFault } from "./stream-element.ts";

function fault(condition: XmlFault["condition"], text: string): XmlFault {
  return { condition, text };
}

// RFC 6120 §11.3: neither ill-formed XML nor ill-formed namespaces are accepted.
export const NOT_MARKUP = fault("not-well-formed", "a name, / or ! must follow <");
export const BAD_TAG = fault("not-well-formed", "unexpected character inside a tag");
export const BAD_NAME = fault("not-well-formed", "not a qualified name");
export const NO_VALUE = fault("not-well-formed", "an attribute without a quoted value");
export const BAD_VALUE = fault("not-well-formed", "a character that no attribute value may hold");
export const BAD_CHARACTER = fault("not-well-formed", "a character that XML 1.0 forbids");
export const BAD_REFERENCE = fault("not-well-formed", "a malformed character or entity reference");
export const SECTION_END = fault("not-well-formed", "]]> outside a CDATA section");
export const WRONG_END_TAG = fault("not-well-formed", "the end tag does not match");
export const DUPLICATE_ATTRIBUTE = fault("not-well-formed", "an attribute is given twice");
export const UNBOUND_PREFIX = fault("not-well-formed", "a namespace prefix is not declared");
export const BAD_DECLARATION = fault("not-well-formed", "a namespace declaration that Namespaces in XML forbids");
export const SPACED_NAMESPACE = fault("not-well-formed", "white space in a namespace name");
export const BAD_XML_DECLARATION = fault("not-well-formed", "a malformed XML declaration");
export const TEXT_OUTSIDE = fault("not-well-formed", "text outside the document element");
export const INCOMPLETE = fault("not-well-formed", "the document ends too early");
export const LONE_SURROGATE = fault("not-well-formed", "half a surrogate pair");

// RFC 6120 §11.1
export const RESTRICTED_COMMENT = fault("restricted-xml", "comments and document types are not allowed");
export const RESTRICTED_PI = fault("restricted-xml", "processing instructions are not allowed");
export const RESTRICTED_ENTITY = fault("restricted-xml", "only the five predefined entities are allowed");

// RFC 6120 §11.6
export const NOT_UTF8 = fault("unsupported-encoding", "the stream is not valid UTF-8");
export const OTHER_ENCODING = fault("unsupported-encoding", "only UTF-8 is supported");

// RFC 6120 §4.9.3.1
export const TEXT_IN_STREAM = fault("bad-format", "text directly inside the stream");
export const SECOND_ELEMENT = fault("bad-format", "more than one element in a message");

// RFC 6120 §13.12: limits
export const TOO_LONG = fault("policy-violation", "the element is too long");
export const TOO_DEEP = fault("policy-violation", "the element is nested too deeply");
export const TOO_MANY_ELEMENTS = fault("policy-violation", "too many elements in one stanza");
export const TOO_MANY_ATTRIBUTES = fault("policy-violation", "too many attributes on one element");
