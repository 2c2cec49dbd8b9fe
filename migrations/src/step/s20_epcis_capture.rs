//! EPCIS: documents of any size. The first part of a waiting document stays in `epcis_document`, the others stand
//! beside it; a job tells how far its worker came.
//!
//! `phase` is 0 for jobs done in one unit, 1 while a large document is judged as a whole, 2 while it is stored.

use crate::Step;

pub(crate) const STEP: Step = Step {
    name: "s20_epcis_capture",
    common: "
        ALTER TABLE epcis_job ADD COLUMN form text NOT NULL DEFAULT 'json';
        ALTER TABLE epcis_job ADD COLUMN scope text NOT NULL DEFAULT '[]';
        ALTER TABLE epcis_job ADD COLUMN frame BLOB;
        ALTER TABLE epcis_job ADD COLUMN events bigint NOT NULL DEFAULT 0;
        ALTER TABLE epcis_job ADD COLUMN done bigint NOT NULL DEFAULT 0;
        ALTER TABLE epcis_job ADD COLUMN phase bigint NOT NULL DEFAULT 0;
        CREATE INDEX epcis_job_phase ON epcis_job (tenant_id) WHERE phase > 0;
        CREATE TABLE epcis_part (
            tenant_id integer NOT NULL,
            job bigint NOT NULL,
            part bigint NOT NULL,
            body BLOB NOT NULL,
            CONSTRAINT epcis_part_pkey PRIMARY KEY (tenant_id, job, part)
        );",
    // Parts are packed already.
    postgres: "ALTER TABLE epcis_part ALTER COLUMN body SET STORAGE EXTERNAL;",
    sqlite: "",
    tenant_tables: &["epcis_part"],
};
