"""Product specifications: what `productConfiguration` may hold, which relations and places a product needs.

    rules.py            `SpecificationRules`: what the configuration file says of one specification
    files.py            folders of JSON Schemas (YAML or JSON) -> `SchemaFile`s
    references.py       every `$ref` tied to a file of those folders
    hints.py            what an unknown `@type` may have been meant to be
    specifications.py   `ProductSpecifications`: all of it, loaded once, asked per item

Knows the standard's problems and nothing of HTTP, of backends or of who asks.
"""
