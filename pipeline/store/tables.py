"""The tables of a release, one place: which file holds them, their columns and types.

A table made wide by the questionnaire (collect.submission, edit.response, edit.state, the repeats)
has the fixed columns written here first, then one column per question.
"""

from __future__ import annotations

from types import MappingProxyType

# file_id, record_id, record_number, first_line and line numbers start at 1.
# record_id is unique in collect.record; repeat = '' for a submission, else the repeat's name.
TABLES = MappingProxyType(
    {
        # --- confidential.duckdb ---------------------------------------------------------------
        "collect.file": """
            file_id INTEGER, wave VARCHAR, path VARCHAR, sha256 VARCHAR, bytes BIGINT, tool VARCHAR,
            encoding VARCHAR, dialect VARCHAR, unknown_headers VARCHAR[],
            missing_questions VARCHAR[], records INTEGER, submissions INTEGER,
            not_submissions INTEGER, unreadable INTEGER, repeat_rows INTEGER, notes VARCHAR[]""",
        "collect.record": """
            record_id INTEGER, file_id INTEGER, wave VARCHAR, sheet VARCHAR, record_number INTEGER,
            first_line INTEGER, sha256 VARCHAR, submission_id VARCHAR, repeat VARCHAR,
            outcome VARCHAR, reason VARCHAR""",
        # warnings: an answer that stands aside, with its question; '' = the record as a whole
        "collect.warning": "record_id INTEGER, question VARCHAR, code VARCHAR",
        # + one VARCHAR per question of any wave, and q/choice where the file split a multiple:
        # NULL = this export has no such column, '' = blank.
        # revision: orders the versions of one submission as text, '' where the tool does not say.
        # review_state: what the network said of it in the tool: approved, hasIssues, rejected ...
        "collect.submission": """
            record_id INTEGER, wave VARCHAR, submission_id VARCHAR, root_id VARCHAR,
            deprecated_id VARCHAR, submitted_at VARCHAR, started_at VARCHAR, ended_at VARCHAR,
            submitted_on DATE, form_version VARCHAR, revision VARCHAR, review_state VARCHAR,
            content_sha256 VARCHAR""",
        # collect.repeat_<name>; parent_row_id names the row of an enclosing repeat, or ''.
        "collect.repeat": """
            record_id INTEGER, parent_record_id INTEGER, wave VARCHAR, submission_id VARCHAR,
            row_id VARCHAR, parent_row_id VARCHAR, position INTEGER""",
        "edit.ledger": """
            record_id INTEGER, file_id INTEGER, wave VARCHAR, sheet VARCHAR, record_number INTEGER,
            submission_id VARCHAR, repeat VARCHAR, unit_id VARCHAR, submitted_on DATE,
            verdict VARCHAR, reason VARCHAR""",
        # + one typed column per question, 0/1 columns q/choice (TINYINT) for multiples
        "edit.response": """
            response_id VARCHAR, record_id INTEGER, wave VARCHAR, unit_id VARCHAR,
            submitted_on DATE, form_version VARCHAR, is_named BOOLEAN""",
        "edit.repeat": """
            response_id VARCHAR, row_id VARCHAR, record_id INTEGER, wave VARCHAR,
            position INTEGER""",
        # + one VARCHAR per question, main and repeats: row_id '' is the response itself
        "edit.state": "response_id VARCHAR, row_id VARCHAR, wave VARCHAR",
        "edit.violation": """
            violation_id INTEGER, record_id INTEGER, wave VARCHAR, submission_id VARCHAR,
            row_id VARCHAR, question VARCHAR, code VARCHAR, severity VARCHAR""",
        "edit.correction": """
            submission_id VARCHAR, question VARCHAR, action VARCHAR, old_value VARCHAR,
            new_value VARCHAR, reason VARCHAR, who VARCHAR, date VARCHAR, line INTEGER,
            records INTEGER""",
        # cells that a `none` line of the cleaning log says to be right
        "edit.confirmed": "submission_id VARCHAR, question VARCHAR",
        # --- members.duckdb --------------------------------------------------------------------
        "edit.open_matter": """
            wave VARCHAR, unit_id VARCHAR, submission_id VARCHAR, row_id VARCHAR, question VARCHAR,
            code VARCHAR, severity VARCHAR, received VARCHAR""",
        # of an open frame: who is no member beside a unit of nearly the same name; letters differ
        "edit.near_name": """
            unit_id VARCHAR, name VARCHAR, other_id VARCHAR, other_name VARCHAR,
            other_is_member BOOLEAN, letters INTEGER""",
        "collect.summary": """
            wave VARCHAR, file_id INTEGER, path VARCHAR, tool VARCHAR, sha256 VARCHAR,
            outcome VARCHAR, reason VARCHAR, repeat VARCHAR, count INTEGER""",
        # figures of the run that made each release that left the house; position 1 = the newest
        "collect.published": "release VARCHAR, position INTEGER, figure VARCHAR, count BIGINT",
        # in the work folder only, while its quality brief is printed: why nothing is published
        "release.held_back": "code VARCHAR",
        # kind: `unknown` (the form has no such column), `missing` (a question the file lacks)
        "collect.header": "wave VARCHAR, file_id INTEGER, header VARCHAR, kind VARCHAR",
        # the versions of the form that a file's submissions name; '' = the tool does not say
        "collect.version": """
            wave VARCHAR, file_id INTEGER, form_version VARCHAR, submissions INTEGER""",
        # where each quarantined record lies and why; rows of repeats name theirs; unit_id only of
        # governments that the frame knows
        "edit.quarantine": """
            wave VARCHAR, record_id INTEGER, file VARCHAR, sheet VARCHAR, record_number INTEGER,
            first_line INTEGER, repeat VARCHAR, reason VARCHAR, unit_id VARCHAR""",
        # kind: verdict, reason, rule, state, unit; code: its value; count: records or cells;
        # submissions: how many of them (rules), records: first five record ids (rules)
        "edit.summary": """
            wave VARCHAR, kind VARCHAR, question VARCHAR, code VARCHAR, severity VARCHAR,
            count INTEGER, submissions INTEGER, records INTEGER[]""",
        # state: answered, partial, refused, quarantined, not_reached
        "estimate.unit": """
            wave VARCHAR, unit_id VARCHAR, state VARCHAR, response_id VARCHAR, submitted_on DATE,
            is_named BOOLEAN""",
        # of a register, one row per unit in it: state since state_date, in the register since
        # entered_on; outcome: before, after (entering), undated or '' (not brought about)
        "estimate.entry": """
            unit_id VARCHAR, state VARCHAR, state_date DATE, entered_on DATE, is_counted BOOLEAN,
            has_ended BOOLEAN, outcome VARCHAR, has_evidence BOOLEAN, is_named BOOLEAN,
            events BIGINT""",
        # who took part in an action of estimate.action; a member that never did: action_id ''
        "estimate.attendance": """
            wave VARCHAR, action_id VARCHAR, unit_id VARCHAR, is_member BOOLEAN""",
        # what a joined survey says otherwise: columns of edit.open_matter
        "estimate.open_matter": """
            wave VARCHAR, unit_id VARCHAR, submission_id VARCHAR, row_id VARCHAR, question VARCHAR,
            code VARCHAR, severity VARCHAR, received VARCHAR""",
        # units whose answer here fits a joined register that they have not joined; state there: the
        # first one, or '' where they are not in it
        "estimate.invitation": """
            wave VARCHAR, unit_id VARCHAR, question VARCHAR, register VARCHAR, state VARCHAR,
            state_date DATE""",
        # words of a joined survey, in survey too; kind: title, state (of a register)
        "estimate.joined_label": """
            survey VARCHAR, kind VARCHAR, code VARCHAR, language VARCHAR, text VARCHAR""",
        # a passage of an open answer, one row per code and coder (a number): characters from 0, the
        # last one excluded; the hash is of the whole text, '' where the passage does not lie in it
        "estimate.passage": """
            wave VARCHAR, unit_id VARCHAR, question VARCHAR, row_id VARCHAR,
            first_character BIGINT, last_character BIGINT, text_sha256 VARCHAR, code VARCHAR,
            coder BIGINT""",
        # policies of two instruments that may be one; likeness of the names from 0 to 1
        "estimate.policy_link": """
            unit_id VARCHAR, policy_id VARCHAR, name VARCHAR, other_id VARCHAR, other_name VARCHAR,
            likeness DOUBLE""",
        # one row per wish to learn; teacher_id '' with a reason where nobody was found: no_offer,
        # taken; no_wish where there was none. alike: answers (question/choice) that both gave
        "estimate.match": """
            wave VARCHAR, unit_id VARCHAR, domain VARCHAR, teacher_id VARCHAR,
            has_same_language BOOLEAN, has_same_size BOOLEAN, alike VARCHAR, score DOUBLE,
            reason VARCHAR""",
        # choice = '' except for multiples (one row per ticked choice)
        "estimate.unit_answer": """
            wave VARCHAR, unit_id VARCHAR, row_id VARCHAR, question VARCHAR, choice VARCHAR,
            value VARCHAR, state VARCHAR""",
        # subject_kind: item, domain or index (subject overall); 0 to 100 points. low and high: what
        # is missing as 0 and as 100; coverage: share answered. method_low to method_high: 90 % of
        # the scores other choices of method give; state: of an item's cell; reason: why no score
        "estimate.unit_score": """
            wave VARCHAR, unit_id VARCHAR, subject_kind VARCHAR, subject VARCHAR, score DOUBLE,
            low DOUBLE, high DOUBLE, coverage DOUBLE, class VARCHAR, method_low DOUBLE,
            method_high DOUBLE, is_class_stable BOOLEAN, state VARCHAR, reason VARCHAR""",
        # --- survey.duckdb ---------------------------------------------------------------------
        "ask.question": """
            wave VARCHAR, question VARCHAR, name VARCHAR, path VARCHAR, position INTEGER,
            type VARCHAR, list_name VARCHAR, section VARCHAR, domain VARCHAR, score VARCHAR,
            weight DOUBLE, skip_excludes VARCHAR, pii VARCHAR, disclosure VARCHAR, repeat VARCHAR,
            relevant VARCHAR, "constraint" VARCHAR, warning VARCHAR, required VARCHAR,
            charter VARCHAR, gcm VARCHAR, sdg VARCHAR, spo VARCHAR, joins VARCHAR""",
        "ask.choice": """
            wave VARCHAR, list_name VARCHAR, choice VARCHAR, position INTEGER, score DOUBLE,
            missing_kind VARCHAR""",
        # kind: label, short, hint, constraint_message, warning_message (subject = question),
        # choice (subject = list_name/choice), group (subject = path), title; text is exactly the
        # form's. The rules of a question (subject) in words: relevant, required, constraint,
        # warning
        "ask.label": """
            wave VARCHAR, kind VARCHAR, subject VARCHAR, language VARCHAR, text VARCHAR,
            is_fallback BOOLEAN, status VARCHAR""",
        "ask.unit": """
            unit_id VARCHAR, country VARCHAR, name VARCHAR, name_es VARCHAR, name_pt VARCHAR,
            name_en VARCHAR, name_fr VARCHAR, level VARCHAR, size_class VARCHAR, population BIGINT,
            population_year INTEGER, language VARCHAR""",
        # every short list: domain (kind) such as country, size_class, section, missing_kind ...
        "ask.reference": """
            kind VARCHAR, code VARCHAR, position INTEGER, language VARCHAR, text VARCHAR,
            status VARCHAR""",
        # the other cells of the short lists: field is the column, position the row from 1
        "ask.fact": "kind VARCHAR, code VARCHAR, position INTEGER, field VARCHAR, text VARCHAR",
        # one row: what the pages need of survey.toml (title by language, as_of per wave ...)
        "ask.survey": "key VARCHAR, wave VARCHAR, language VARCHAR, text VARCHAR",
        "estimate.result": """
            result_id VARCHAR, wave VARCHAR, versus_wave VARCHAR, group_kind VARCHAR,
            group_code VARCHAR, versus_group VARCHAR, subject_kind VARCHAR, subject VARCHAR,
            row_scope VARCHAR, choice VARCHAR, statistic VARCHAR, is_weighted BOOLEAN, count BIGINT,
            n BIGINT, population BIGINT, base VARCHAR, estimate DOUBLE, se DOUBLE, ci_low DOUBLE,
            ci_high DOUBLE, ci_level DOUBLE, ci_method VARCHAR, df DOUBLE, deff DOUBLE,
            n_eff DOUBLE, unit_of_measure VARCHAR, shown VARCHAR, reason VARCHAR""",
        # as_of: the date of the data. population: members on that day; covered: those whose
        # country has an answer; refused and partial count units.
        "estimate.wave": """
            wave VARCHAR, opens DATE, closes DATE, as_of DATE, state VARCHAR, selection VARCHAR,
            population BIGINT, covered BIGINT, responses BIGINT, partial BIGINT, refused BIGINT,
            named BIGINT""",
        # one row per action of a log of actions; attending: how many units took part
        "estimate.action": """
            wave VARCHAR, action_id VARCHAR, line VARCHAR, title VARCHAR, action_date DATE,
            status VARCHAR, is_held BOOLEAN, link VARCHAR, attending BIGINT""",
        # in members all; in survey those whose government shares the policy. Codes are joined by
        # blanks; language: of the government
        "estimate.policy": """
            policy_id VARCHAR, survey VARCHAR, wave VARCHAR, unit_id VARCHAR, row_id VARCHAR,
            unit_name VARCHAR, country VARCHAR, language VARCHAR, name VARCHAR, domain VARCHAR,
            rights VARCHAR, new_right VARCHAR, groups VARCHAR, status VARCHAR, start_year BIGINT,
            reach BIGINT, evaluation VARCHAR, summary VARCHAR, link VARCHAR, stated_on DATE,
            is_shared BOOLEAN""",
        # rights that governments of joined surveys name beside the chapters of the charter
        "estimate.new_right": """
            survey VARCHAR, unit_id VARCHAR, unit_name VARCHAR, country VARCHAR, language VARCHAR,
            text VARCHAR""",
        # the surveys whose policies stand in estimate.policy, with their titles
        "estimate.source": "survey VARCHAR, language VARCHAR, title VARCHAR",
        # of each joined register with goals, how many entries count of those that stand (n), as
        # it was cleared there, by its own threshold; goals and states that count joined by blanks
        "estimate.joined_register": """
            survey VARCHAR, wave VARCHAR, as_of DATE, goals VARCHAR, states VARCHAR, count BIGINT,
            n BIGINT, shown VARCHAR, threshold BIGINT""",
        # a text that a person released and its government allows to be quoted; without consent to
        # the name unit_id and office are ''; codes: what it speaks of
        "estimate.quote": """
            wave VARCHAR, unit_id VARCHAR, office VARCHAR, question VARCHAR, row_id VARCHAR,
            text VARCHAR, language VARCHAR, codes VARCHAR""",
        "estimate.named_answer": """
            wave VARCHAR, unit_id VARCHAR, row_id VARCHAR, question VARCHAR, choice VARCHAR,
            value VARCHAR, state VARCHAR""",
        # domains and index made from public questions alone
        "estimate.named_score": """
            wave VARCHAR, unit_id VARCHAR, subject_kind VARCHAR, subject VARCHAR, score DOUBLE,
            low DOUBLE, high DOUBLE, coverage DOUBLE, class VARCHAR, method_low DOUBLE,
            method_high DOUBLE, is_class_stable BOOLEAN, state VARCHAR, reason VARCHAR""",
        # in members.duckdb; survey.duckdb has its rows of audience public. key: of what the page
        # prints and is made with; made_from: of all rows and code it can have been made from
        "report.brief": """
            brief_id VARCHAR, kind VARCHAR, audience VARCHAR, wave VARCHAR, unit_id VARCHAR,
            group_kind VARCHAR, group_code VARCHAR, language VARCHAR, path VARCHAR, key VARCHAR,
            sha256 VARCHAR, bytes BIGINT, made_from VARCHAR, state VARCHAR, reason VARCHAR""",
    }
)
