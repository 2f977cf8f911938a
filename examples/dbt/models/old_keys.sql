SELECT id, json_extract_string(spec, '$.owner.id') AS owner, json_extract_string(metadata, '$.created_at')::TIMESTAMP AS created_at
FROM {{ source('lake', 'api_keys') }}
WHERE json_extract_string(metadata, '$.created_at')::TIMESTAMP < current_date - INTERVAL 1 YEAR
