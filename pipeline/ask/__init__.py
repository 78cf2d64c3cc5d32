"""ask: what was asked. The questionnaire, its rules, its texts, the frame, survey.toml."""
